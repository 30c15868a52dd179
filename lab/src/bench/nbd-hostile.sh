#!/usr/bin/env bash
# What a good client of ./pirn serve loses to a hostile one beside it: fio alone, then beside each kind, in turn.
#
#   warm-up, then
#   round 1:  alone  reader  alone  writer  alone  …   each for SECONDS; a ratio is of neighbours
#   round 2:  the same …
set -euo pipefail

usage() {
    cat <<'END'
usage: lab/src/bench/nbd-hostile.sh [--rounds N] [--seconds N] [--kinds "idle reader …"] [--depth N] [--options "SERVE OPTIONS"]
  --kinds  idle      nobody beside: how far two runs alone differ
           reader    forty that ask for 32 MiB, 64 times each, and never read
           writer    forty that say the header of a WRITE of 32 MiB, and no more
           drip      forty that say a byte of their handshake every 10 ms
           options   options without end, as fast as they are answered; again when thrown out
           vanish    connects and closes, without a pause
           garbage   random bytes, again and again
           asker     wrong requests in one long pipeline, its replies read
END
}

root=$(dirname "$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")")
rounds=3 seconds=3 depth=16 options=() kinds="idle reader writer drip options vanish garbage asker"
while (($#)); do
    case $1 in
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --kinds) kinds=$2 ;;
        --depth) depth=$2 ;;
        --options) read -r -a options <<<"$2" ;;
        --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done

# shellcheck source=lab/src/bench/servers.sh
source "$root/lab/src/bench/servers.sh"
open_dir nbd-hostile "${TMPDIR:-/tmp}"

head -c 256M /dev/urandom >"$dir/disk.img"
exec_pirn serve --format raw --socket "$dir/socket" "${options[@]}" "$dir/disk.img" >"$dir/log" 2>&1 &
await server "$dir/log" test -S "$dir/socket"

# good SECONDS: operations a second of the good client, reads and writes.
good() {
    (cd "$dir" && fio --name=good --ioengine=nbd --uri="nbd+unix:///?socket=$dir/socket" --rw=randrw --bs=4k \
        --iodepth="$depth" --size=256M --time_based --ramp_time=1 --runtime="$1" --randrepeat=0 --norandommap \
        --output-format=terse --terse-version=3 | awk -F';' '/^3;/ { print int($8 + $49) }')
}

beside() {
    [[ $1 != idle ]] || { good "$seconds"; return; }
    good "$seconds" >"$dir/with" &
    local client=$!
    sleep 0.5 # It is connected; what it does before its first second is over does not count.
    python3 "$root/lab/src/bench/nbd-hostile.py" "$1" "$dir/socket" 2>"$dir/hostile.log" &
    pid[hostile]=$!
    wait "$client"
    cat "$dir/with"
    kill "${pid[hostile]}" 2>/dev/null || { cat "$dir/hostile.log" >&2; echo "nbd-hostile: $1 ended by itself" >&2; exit 1; }
    wait "${pid[hostile]}" 2>/dev/null || true
    unset 'pid[hostile]'
}

good 4 >/dev/null
for ((round = 1; round <= rounds; round++)); do
    for kind in $kinds; do
        alone=$(good "$seconds")
        with=$(beside "$kind")
        again=$(good "$seconds")
        echo "$alone $with $again" >>"$dir/result.$kind"
        echo "round $round: $kind: alone $alone, beside $with, alone $again" >&2
    done
done

echo "| beside | alone, /s | beside it, /s | ratio, median (lowest–highest) |"
echo "|---|---|---|---|"
for kind in $kinds; do
    awk -v kind="$kind" '{ alone[NR] = ($1 + $3) / 2; with[NR] = $2; ratio[NR] = 2 * $2 / ($1 + $3) }
        function sort(a,  i, j, t) {
            for (i = 2; i <= NR; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
        }
        END {
            sort(alone); sort(with); sort(ratio); half = int((NR + 1) / 2)
            printf "| %s | %d | %d | %.2f (%.2f–%.2f) |\n", kind, alone[half], with[half], ratio[half], ratio[1], ratio[NR]
        }' "$dir/result.$kind"
done
awk '/VmHWM/ { printf "server: %d MB resident at most; ", $2 / 1024 }' "/proc/${pid[server]}/status"
echo "said: $(grep -vc '^listening' "$dir/log" || true) lines besides where it listens"
