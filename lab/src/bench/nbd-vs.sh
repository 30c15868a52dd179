#!/usr/bin/env bash
# Pirn's NBD server beside qemu-nbd and nbdkit, a raw image; 4 KiB requests, or whole copies.
#
#   warm-up, then
#   round 1:  randread  QD 1   pirn  qemu-nbd  nbdkit     each for SECONDS; then QD 4, 16, 64; then randwrite
#   round 2:  the same, each time beginning with another server …
#
# A machine that is busy for a while is so for all of them: compare within a round, and read the spread.
set -euo pipefail

usage() {
    cat <<'END'
usage: lab/src/bench/nbd-vs.sh [--preset docs|quick] [--rounds N] [--seconds N] [--depths "1 4 16 64"]
         [--modes "randread randwrite"] [--client fio|lean] [--servers "pirn qemu-nbd nbdkit"]
         [--transport unix|tcp] [--cold] [--size MIB] [--dir DIR] [--built]
  --preset   docs: all tables of docs/benchmarks-nbd.md, for some 15 minutes; quick: that it works, for seconds
  --modes    randread, randwrite, and with nbdcopy copy-read, copy-write, which have no depth
  --client   fio takes most of the CPU itself; lean, of lab, little
  --servers  pirn, qemu-nbd (aio=threads), qemu-nbd-uring (aio=io_uring), nbdkit (file); each with
             :OPTIONS of its own, commas for blanks (pirn:--loops,2 qemu-nbd:--cache=none)
  --cold     drops the image from the page cache before each run
  --dir      where the images are; those of a file system in memory are served from memory ($TMPDIR)
  --built    runs the classes that are built, and builds nothing
END
}

self=$(readlink -f "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$(dirname "$(dirname "$self")")")")
rounds=3 seconds=3 depths="1 4 16 64" modes="randread randwrite" servers="pirn qemu-nbd nbdkit" size=256
client=fio transport=unix cold='' parent=${TMPDIR:-/tmp} built='' preset=''
while (($#)); do
    case $1 in
        --built) built=$1; shift; continue ;;
        --cold) cold=$1; shift; continue ;;
        --help) usage; exit ;;
    esac
    (($# > 1)) || { usage >&2; exit 2; }
    case $1 in
        --preset) preset=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --depths) depths=$2 ;;
        --modes) modes=$2 ;;
        --client) client=$2 ;;
        --servers) servers=$2 ;;
        --transport) transport=$2 ;;
        --size) size=$2 ;;
        --dir) parent=$2 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done
# shellcheck source=lab/src/bench/servers.sh
source "$root/lab/src/bench/servers.sh"

has() { type -P "$1" >/dev/null; }

# table TITLE OPTION…: one table, by this script in a process of its own.
table() {
    printf '\n### %s\n\n    lab/src/bench/nbd-vs.sh' "$1"
    printf ' %q' "${@:2}"
    printf '\n\n'
    "$self" --dir "$parent" ${built:+"$built"} "${@:2}"
}

# Two seconds of fio are 2.5, of lean 3.5 with its start: 12 minutes in all, with warm-ups.
all_tables() {
    local all="pirn qemu-nbd qemu-nbd-uring nbdkit" copies="copy-read copy-write"
    echo "$(machine "$parent"); $(fio --version), $(qemu-nbd --version | head -1), $(nbdkit --version)," \
        "$(nbdcopy --version)"
    table 'fio, unix socket, page cache' --servers "$all" --seconds 2
    table 'Lean client, unix socket, page cache' --client lean --servers "$all" --seconds 1
    table 'nbdcopy, unix socket, page cache' --modes "$copies" --servers "$all" --rounds 7 --size 1024
    table 'fio, TCP, page cache' --transport tcp --depths '1 16' --seconds 2
    table 'nbdcopy, TCP, page cache' --transport tcp --modes "$copies" --rounds 5 --size 1024
    table 'fio, unix socket, from the disk through the page cache' --cold --modes randread --depths '1 16' \
        --servers "$all" --seconds 2 --size 1024
    table 'nbdcopy, unix socket, from the disk through the page cache' --cold --modes copy-read \
        --servers "$all" --rounds 3 --size 1024
    table 'fio, unix socket, O_DIRECT (nbdkit has none)' --depths '1 16' --seconds 2 --size 1024 \
        --servers 'pirn:--cache,none qemu-nbd:--cache=none qemu-nbd-uring:--cache=none'
}

# With what is installed. It fails if a server does not start, or a client gets nothing.
some_tables() {
    local some=pirn
    has qemu-nbd && some+=" qemu-nbd"
    has nbdkit && some+=" nbdkit"
    local all=(--servers "$some" --rounds 1 --seconds 0.3 --size 16)
    table 'lean' --client lean --depths 4 "${all[@]}"
    table 'lean, TCP, cold' --client lean --transport tcp --cold --depths 16 --modes randread "${all[@]}"
    has fio && table 'fio' --depths 4 --modes randread "${all[@]}" --seconds 1
    has nbdcopy && table 'nbdcopy' --modes 'copy-read copy-write' "${all[@]}"
    return 0
}

case $preset in
    '') ;;
    docs) all_tables; printf '\n%d seconds\n' "$SECONDS"; exit ;;
    quick) some_tables; exit ;;
    *) usage >&2; exit 2 ;;
esac

open_dir nbd-vs "$parent"
declare -A address=()

listens() {
    if [[ $transport == unix ]]; then [[ -S $1 ]]; else (: <>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null; fi
}

# Sets "port" to one where nobody listens.
free_port() {
    port=$((20000 + $$ % 20000 + 7 * ${#pid[@]}))
    while (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
}

# serve NAME: starts it, with an image of its own.
serve() {
    local image=$dir/$1.img at options=() here=() port
    head -c "${size}M" /dev/urandom >"$image"
    free_port
    if [[ $transport == unix ]]; then at=$dir/${#pid[@]}.socket; else at=127.0.0.1:$port; fi
    address[$1]=$at
    [[ $1 != *:* ]] || IFS=, read -r -a options <<<"${1#*:}"
    case $1 in
        pirn*)
            if [[ $transport == unix ]]; then here=(--socket "$at"); else here=(--port "$port"); fi
            exec_pirn serve "${here[@]}" --format raw "${options[@]}" "$image" ;;
        qemu-nbd*)
            if [[ $transport == unix ]]; then here=(-k "$at"); else here=(-b 127.0.0.1 -p "$port"); fi
            [[ $1 == qemu-nbd-uring* ]] && here+=(--aio=io_uring) || here+=(--aio=threads)
            exec qemu-nbd "${here[@]}" "${options[@]}" -e 8 -f raw -t "$image" ;;
        nbdkit*)
            if [[ $transport == unix ]]; then here=(-U "$at"); else here=(-i 127.0.0.1 -p "$port"); fi
            exec nbdkit -f "${here[@]}" file "$image" "${options[@]}" ;;
        *) echo "nbd-vs: no such server: $1" >&2; exit 2 ;;
    esac >"$dir/log.${#pid[@]}" 2>&1 &
    await "$1" "$dir/log.${#pid[@]}" listens "$at"
}

uri() {
    if [[ $transport == unix ]]; then echo "nbd+unix:///?socket=${address[$1]}"; else echo "nbd://${address[$1]}"; fi
}

# What is dirty cannot be dropped.
evict() {
    sync "$1"
    dd if="$1" iflag=nocache count=0 status=none
}

# load SERVER MODE DEPTH SECONDS: prints operations a second, their p99 in µs, and µs of the server's CPU for each;
# of a copy: MB a second, 0, and µs for each MB.
load() {
    local before after line count
    [[ -z $cold ]] || evict "$dir/$1.img"
    before=$(cpu "${pid[$1]}")
    case $2 in
        copy-*) line=$(copy "$1" "$2") ;;
        *) line=$("by_$client" "$@") ;;
    esac
    after=$(cpu "${pid[$1]}")
    read -r -a count <<<"$line" # Per second, p99, in all.
    if [[ ${#count[@]} != 3 || ${count[0]} == 0 ]]; then
        echo "nbd-vs: $1: $2 at depth $3 got nothing: $line" >&2
        exit 1
    fi
    awk -v cpu=$((after - before)) -v rate="${count[0]}" -v p99="${count[1]}" \
        -v all="${count[2]}" 'BEGIN { printf "%d %d %.2f\n", rate, p99, all ? cpu / all : 0 }'
}

by_fio() {
    # Kilobytes done, operations a second, percentiles: of reads fields 6, 8, 18 to 37; of writes 41 further.
    (cd "$dir" && fio --name=nbd-vs --ioengine=nbd --uri="$(uri "$1")" --rw="$2" --bs=4k --iodepth="$3" \
        --size="${size}M" --time_based --runtime="$4" --randrepeat=0 --norandommap --output-format=terse \
        --terse-version=3 | grep '^3;') |
        awk -F';' -v shift="$([[ $2 == randread ]] && echo 0 || echo 41)" '{
            for (i = 18; i <= 37; i++) if ($(i + shift) ~ /^99\.0+%=/) { sub(/.*=/, "", $(i + shift)); p99 = $(i + shift) }
            print $(8 + shift), p99, $(6 + shift) / 4 }'
}

by_lean() {
    lean "${address[$1]}" "$2" "$3" "$4" | awk -v seconds="$4" '{ print $1, $3, $1 * 2 * seconds }'
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

# The first requests are nobody's: a JIT compiles them, and again when reads turn to writes. Who has none needs to
# have written once: the first write to each block of an image is slower.
warm_up() {
    local each mode depth pass
    for each in $servers; do
        for pass in 1 2; do
            for mode in $modes; do
                [[ $each == pirn* || $pass == 1 ]] || continue
                case $mode in
                    copy-*) load "$each" "$mode" 0 0 ;;
                    *) for depth in 1 16; do load "$each" "$mode" "$depth" 1; done ;;
                esac
            done
        done
    done >/dev/null
    echo "warm-up" >&2
}

for each in $servers; do serve "$each"; done
case $modes in *copy-write*) head -c "${size}M" /dev/urandom >"$dir/source" ;; esac
((rounds == 1)) || warm_up

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
[[ $modes != copy* ]] || client=nbdcopy
printf '| %s, %s |' "$client" "$transport"
for each in $servers; do printf ' %s, /s | p99 µs | CPU µs |' "${each//,/ }"; done
for each in $others; do printf ' × %s |' "${each//,/ }"; done
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
