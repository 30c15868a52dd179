#!/usr/bin/env bash
# Pirn's NBD server beside qemu-nbd and nbdkit, a raw image in the page cache; 4 KiB requests, or whole copies.
#
#   warm-up, then
#   round 1:  randread  QD 1   pirn  qemu-nbd  nbdkit     each for SECONDS; then QD 4, 16, 64; then randwrite
#   round 2:  the same, each time beginning with another server …
#
# A machine that is busy for a while is so for all of them: compare within a round, and read the spread.
set -euo pipefail

usage() {
    cat <<'END'
usage: lab/src/bench/nbd-vs.sh [--rounds N] [--seconds N] [--depths "1 4 16 64"] [--modes "randread randwrite"]
         [--client fio|lean] [--servers "pirn qemu-nbd nbdkit"] [--transport unix|tcp] [--size MIB] [--dir DIR]
  --modes    randread, randwrite, and with nbdcopy copy-read, copy-write, which have no depth
  --client   fio takes most of the CPU itself; lean, of lab, little
  --servers  pirn, pirn:OPTIONS with commas for blanks (pirn:--loops,2), qemu-nbd (aio=threads),
             qemu-nbd-uring (aio=io_uring), nbdkit
  --dir      where the images are; those of a file system in memory are served from memory ($TMPDIR)
END
}

root=$(dirname "$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")")
rounds=3 seconds=3 depths="1 4 16 64" modes="randread randwrite" servers="pirn qemu-nbd nbdkit" size=256
client=fio transport=unix parent=${TMPDIR:-/tmp}
while (($#)); do
    case $1 in
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --depths) depths=$2 ;;
        --modes) modes=$2 ;;
        --client) client=$2 ;;
        --servers) servers=$2 ;;
        --transport) transport=$2 ;;
        --size) size=$2 ;;
        --dir) parent=$2 ;;
        --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done
# shellcheck source=house/jdk.sh
[[ $client != lean ]] || source "$root/house/jdk.sh"

dir=$(mktemp -d -p "$parent" nbd-vs.XXXXXX)
declare -A pid address
ticks=$(getconf CLK_TCK)

finish() {
    local each
    for each in "${pid[@]}"; do kill "$each" 2>/dev/null || true; done
    wait
    rm -rf "$dir"
}
trap finish EXIT

port() { echo $((20000 + $$ % 20000 + ${#pid[@]})); }

# serve NAME: starts it, with an image of its own.
serve() {
    local image=$dir/$1.img at options=() here=()
    head -c "${size}M" /dev/urandom >"$image"
    if [[ $transport == unix ]]; then at=$dir/$1.socket; else at=127.0.0.1:$(port); fi
    address[$1]=$at
    case $1 in
        pirn*)
            [[ $1 != *:* ]] || IFS=, read -r -a options <<<"${1#*:}"
            if [[ $transport == unix ]]; then here=(--socket "$at"); else here=(--port "${at#*:}"); fi
            exec "$root/pirn" serve "${here[@]}" --format raw "${options[@]}" "$image" ;;
        qemu-nbd*)
            [[ $1 == qemu-nbd ]] && options=(--aio=threads) || options=(--aio=io_uring)
            if [[ $transport == unix ]]; then here=(-k "$at"); else here=(-b 127.0.0.1 -p "${at#*:}"); fi
            exec qemu-nbd "${here[@]}" "${options[@]}" -e 8 -f raw -t "$image" ;;
        nbdkit)
            if [[ $transport == unix ]]; then here=(-U "$at"); else here=(-i 127.0.0.1 -p "${at#*:}"); fi
            exec nbdkit -f "${here[@]}" file "$image" ;;
        *) echo "nbd-vs: no such server: $1" >&2; exit 2 ;;
    esac >"$dir/log.$1" 2>&1 &
    pid[$1]=$!
    local tries=0
    until listens "$at"; do
        if ((++tries > 600)) || ! kill -0 "${pid[$1]}" 2>/dev/null; then
            cat "$dir/log.$1" >&2
            exit 1
        fi
        sleep 0.1
    done
}

listens() { if [[ $transport == unix ]]; then [[ -S $1 ]]; else nbdinfo --size "nbd://$1" >/dev/null 2>&1; fi; }

uri() {
    if [[ $transport == unix ]]; then echo "nbd+unix:///?socket=${address[$1]}"; else echo "nbd://${address[$1]}"; fi
}

# User and system time of a process in ticks. Its name may have spaces: what counts stands behind the ")".
cpu() {
    local fields
    read -r -a fields <<<"$(sed 's/.*) //' "/proc/$1/stat")"
    echo $((fields[11] + fields[12]))
}

# load SERVER MODE DEPTH SECONDS: prints operations a second, their p99 in µs, and µs of the server's CPU for each;
# of a copy: MB a second, 0, and µs for each MB.
load() {
    local before after line count
    before=$(cpu "${pid[$1]}")
    case $2 in
        copy-*) line=$(copy "$1" "$2") ;;
        *) line=$("$client" "$@") ;;
    esac
    after=$(cpu "${pid[$1]}")
    read -r -a count <<<"$line" # Per second, p99, in all.
    awk -v cpu=$(((after - before) * 1000000 / ticks)) -v rate="${count[0]}" -v p99="${count[1]}" \
        -v all="${count[2]}" 'BEGIN { printf "%d %d %.2f\n", rate, p99, all ? cpu / all : 0 }'
}

fio() {
    # Kilobytes done, operations a second, percentiles: of reads fields 6, 8, 18 to 37; of writes 41 further.
    (cd "$dir" && command fio --name=nbd-vs --ioengine=nbd --uri="$(uri "$1")" --rw="$2" --bs=4k --iodepth="$3" \
        --size="${size}M" --time_based --runtime="$4" --randrepeat=0 --norandommap --output-format=terse \
        --terse-version=3 | grep '^3;') |
        awk -F';' -v shift="$([[ $2 == randread ]] && echo 0 || echo 41)" '{
            for (i = 18; i <= 37; i++) if ($(i + shift) ~ /^99\.0+%=/) { sub(/.*=/, "", $(i + shift)); p99 = $(i + shift) }
            print $(8 + shift), p99, $(6 + shift) / 4 }'
}

lean() {
    "$JAVA_HOME/bin/java" -cp "$root/lab/target/classes:$(cat "$root/lab/target/module-path.txt")" -Xmx64m \
        -XX:+UseSerialGC -XX:TieredStopAtLevel=4 dev.pirn.lab.nbd.Load "${address[$1]}" "$2" "$3" "$4" 1 |
        awk -v seconds=$(($4 + 1)) '{ print $1, $3, $1 * seconds }' # Its warm-up costs the server CPU, too.
}

copy() {
    local start end mb=$((size * 1048576 / 1000000))
    start=$(date +%s%N)
    if [[ $2 == copy-read ]]; then
        nbdcopy "$(uri "$1")" null:
    else
        nbdcopy "$dir/source" "$(uri "$1")"
    fi
    end=$(date +%s%N)
    echo "$((mb * 1000000000 / (end - start))) 0 $mb"
}

# Reads lines of RATE P99 CPU: prints the medians, and how far the rates spread around theirs.
summary() {
    awk '{ rate[NR] = $1 + 0; p99[NR] = $2 + 0; cpu[NR] = $3 + 0 }
        function sort(a,  i, j, t) {
            for (i = 2; i <= NR; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
        }
        END {
            sort(rate); sort(p99); sort(cpu)
            half = int((NR + 1) / 2)
            printf "%d ± %d %% | %d | %.2f", rate[half], (rate[NR] - rate[1]) * 50 / (rate[half] + 1), p99[half], cpu[half]
        }'
}

# ratio FILE OTHER: of the rates of two files, round by round: the median, lowest and highest.
ratio() {
    paste -d ' ' "$1" "$2" | awk '$4 { print $1 / $4 }' | sort -n |
        awk '{ all[NR] = $1 } END { printf "%.2f (%.2f–%.2f)", all[int((NR + 1) / 2)], all[1], all[NR] }'
}

depths_of() { if [[ $1 == copy-* ]]; then echo 0; else echo "$depths"; fi; }

for each in $servers; do serve "$each"; done
head -c "${size}M" /dev/urandom >"$dir/source"
# The first requests are nobody's: a JIT compiles them, and again when reads turn to writes.
for warmup in 1 2; do
    for each in $servers; do
        for mode in $modes; do
            for depth in 1 16; do load "$each" "$mode" "$depth" "$seconds" >/dev/null; done
        done
    done
    echo "warm-up $warmup" >&2
done

read -r -a order <<<"$servers"
for ((round = 1; round <= rounds; round++)); do
    for mode in $modes; do
        for depth in $(depths_of "$mode"); do
            for each in "${order[@]}"; do
                load "$each" "$mode" "$depth" "$seconds" >>"$dir/result.$each.$mode.$depth"
            done
            order=("${order[@]:1}" "${order[0]}")
            echo "round $round: $mode QD $depth" >&2
        done
    done
done

read -r first others <<<"$servers"
printf '| %s, %s |' "$client" "$transport"
for each in $servers; do printf ' %s, /s | p99 µs | CPU µs |' "$each"; done
for each in $others; do printf ' × %s |' "$each"; done
printf '\n|---|'
for each in $servers; do printf '%s' '---|---|---|'; done
for each in $others; do printf '%s' '---|'; done
echo
for mode in $modes; do
    for depth in $(depths_of "$mode"); do
        if [[ $mode == copy-* ]]; then printf '| %s, MB |' "$mode"; else printf '| %s, QD %s |' "$mode" "$depth"; fi
        for each in $servers; do printf ' %s |' "$(summary <"$dir/result.$each.$mode.$depth")"; done
        for each in $others; do
            printf ' %s |' "$(ratio "$dir/result.$first.$mode.$depth" "$dir/result.$each.$mode.$depth")"
        done
        echo
    done
done
