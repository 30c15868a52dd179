#!/usr/bin/env bash
# Pirn's qcow2 beside QEMU's: 4 KiB requests to their servers, and whole images through their tools.
#
#   servers, warm-up, then
#   round 1:  randread  pirn  pirn-raw  qemu-nbd      randwrite …   allocate …   each for SECONDS, QD 16
#             raw to qcow2  pirn  qemu-img            qcow2 to raw … compressed … info …
#   round 2:  the same, each time beginning with another
#
# A machine that is busy for a while is so for all of them: compare within a round, and read the spread.
set -euo pipefail

usage() {
    cat <<'END'
usage: lab/src/bench/qcow2-vs.sh [--preset docs|quick] [--rounds N] [--seconds N] [--size MIB] [--convert MIB]
         [--rows "randread randwrite allocate to-qcow2 to-raw compress info"] [--dir DIR] [--built]
  --preset   docs: the table of docs/benchmarks.md, in at most 3 minutes; quick: that it works, in seconds
  --size     of the image that is there whole; the one that grows has 64 GiB
  --convert  of the image that is converted, half of it data
  --dir      where the images are; those of a file system in memory are served from memory ($TMPDIR)
  --built    runs the classes that are built, and builds nothing
END
}

self=$(readlink -f "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$(dirname "$(dirname "$self")")")")
rounds=3 seconds=1 size=1024 convert=1024 parent=${TMPDIR:-/tmp} built='' preset=''
rows="randread randwrite allocate to-qcow2 to-raw compress info"
while (($#)); do
    case $1 in
        --built) built=$1; shift; continue ;;
        --help) usage; exit ;;
    esac
    (($# > 1)) || { usage >&2; exit 2; }
    case $1 in
        --preset) preset=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --size) size=$2 ;;
        --convert) convert=$2 ;;
        --rows) rows=$2 ;;
        --dir) parent=$2 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done
case $preset in
    '') ;;
    docs) rounds=5 seconds=0.7 ;;
    quick) rounds=1 seconds=0.2 size=16 convert=16 ;;
    *) usage >&2; exit 2 ;;
esac
for each in qemu-img qemu-nbd; do
    type -P "$each" >/dev/null || { echo "qcow2-vs: skipped: $each is not installed"; exit; }
done
# shellcheck source=lab/src/bench/servers.sh
source "$root/lab/src/bench/servers.sh"
open_dir qcow2-vs "$parent"

# serve NAME COMMAND…: starts a server that listens at $dir/NAME.socket.
serve() {
    "${@:2}" >"$dir/$1.log" 2>&1 &
    await "$1" "$dir/$1.log" test -S "$dir/$1.socket"
}

exec_qemu() { exec qemu-nbd "$@"; }
serve_pirn() { serve "$1" exec_pirn serve --socket "$dir/$1.socket" --format "$2" "$3"; }
serve_qemu() { serve "$1" exec_qemu -k "$dir/$1.socket" -e 8 -f qcow2 -t "$2"; }

# The image that is there whole, of each server its own. All are written by the same dd: the kernel keeps what
# one call wrote as one folio, and a write of 4 KiB to a folio of 2 MiB (as qemu-img leaves them) costs ext4 8 µs
# more than to one of 64 KiB: a walk over its 512 blocks.
serve_whole() {
    local source=$dir/whole.raw name
    head -c "${size}M" /dev/urandom >"$dir/once"
    dd if="$dir/once" of="$source" bs=64k status=none
    for name in pirn qemu; do
        qemu-img convert -f raw -O qcow2 -o preallocation=metadata "$source" "$dir/once"
        dd if="$dir/once" of="$dir/whole.$name" bs=64k status=none
    done
    rm "$dir/once"
    serve_pirn whole-pirn qcow2 "$dir/whole.pirn"
    serve_pirn whole-pirn-raw raw "$source"
    serve_qemu whole-qemu "$dir/whole.qemu"
}

# The one that grows: so large that nearly every write finds its cluster without a place.
serve_growing() {
    local name
    for name in pirn qemu; do qemu-img create -q -f qcow2 "$dir/growing.$name" 64G; done
    serve_pirn growing-pirn qcow2 "$dir/growing.pirn"
    serve_qemu growing-qemu "$dir/growing.qemu"
}

# Half of it data, in runs of 1 MiB, every second of which can be compressed by a quarter.
make_source() {
    local at piece=$dir/piece
    truncate -s "${convert}M" "$dir/source.raw"
    for ((at = 0; at < convert; at += 2)); do
        if ((at % 4)); then head -c 1M /dev/urandom; else head -c 768k /dev/urandom | base64 -w 0; fi >"$piece"
        dd if="$piece" of="$dir/source.raw" bs=1M seek="$at" conv=notrunc status=none
    done
    rm "$piece"
    qemu-img convert -f raw -O qcow2 "$dir/source.raw" "$dir/source.qcow2"
}

# load SERVER MODE SECONDS: prints operations a second, and µs of the server's CPU for each.
load() {
    local before after line
    before=$(cpu "${pid[$1]}")
    line=$(lean "$dir/$1.socket" "$2" 16 "$3")
    after=$(cpu "${pid[$1]}")
    awk -v cpu=$((after - before)) -v seconds="$3" \
        '{ printf "%d %.1f\n", $1, $1 ? cpu / ($1 * 2 * seconds) : 0 }' <<<"$line"
}

# timed COMMAND…: prints its milliseconds, and those of CPU.
timed() {
    local TIMEFORMAT='%R %U %S' line
    if ! line=$({ time "$@" >"$dir/out" 2>"$dir/err"; } 2>&1); then
        cat "$dir/out" "$dir/err" >&2
        grep -q ': not built yet: ' "$dir/err" # Then its row says so.
        return
    fi
    awk '{ printf "%.0f %.0f\n", $1 * 1000, ($2 + $3) * 1000 }' <<<"$line"
}

# img TOOL ROW: what the row does, once.
img() {
    local tool=$1 target=$dir/target.$1
    [[ $tool == pirn ]] && tool=img_pirn || tool=qemu-img
    rm -f "$target"
    case $2 in
        to-qcow2) timed "$tool" convert -f raw -O qcow2 "$dir/source.raw" "$target" ;;
        to-raw) timed "$tool" convert -f qcow2 -O raw "$dir/source.qcow2" "$target" ;;
        compress) timed "$tool" convert -c -f raw -O qcow2 "$dir/source.raw" "$target" ;;
        info) timed "$tool" info "$dir/source.qcow2" ;;
        *) echo "qcow2-vs: no such row: $2" >&2; exit 2 ;;
    esac
}
img_pirn() { (exec_pirn img "$@"); }

# Who takes part in a row, Pirn first.
parties() {
    case $1 in
        randread | randwrite) echo pirn pirn-raw qemu ;;
        *) echo pirn qemu ;;
    esac
}

measure() {
    case $2 in
        randread | randwrite) load "whole-$1" "$2" "$seconds" ;;
        allocate) load "growing-$1" randwrite "$seconds" ;;
        *) img "$1" "$2" ;;
    esac
}

# The first requests are nobody's: a JIT compiles them.
warm_up() {
    local each mode
    for each in "${!pid[@]}"; do
        for mode in randread randwrite; do
            [[ $each == growing-* && $mode == randread ]] || load "$each" "$mode" 0.7
        done
    done >/dev/null
    [[ -n $built ]] || img pirn info >/dev/null # It may build, and train.
    echo "warm-up: $SECONDS s" >&2
}

# Reads lines of VALUE CPU: prints the medians, and how far the values spread around theirs.
summary() {
    awk '{ value[NR] = $1 + 0; cpu[NR] = $2 + 0 }
        function sort(a,  i, j, t) {
            for (i = 2; i <= NR; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
        }
        END {
            sort(value); sort(cpu)
            half = int((NR + 1) / 2)
            printf "%d ± %d %% | %.4g", value[half], (value[NR] - value[1]) * 50 / (value[half] + 1), cpu[half]
        }' "$1"
}

# ratio ROW OTHER: how many times as fast Pirn is, round by round: the median, lowest and highest.
ratio() {
    local inverse=1
    case $1 in randread | randwrite | allocate) inverse='' ;; esac
    paste -d ' ' "$dir/result.$1.pirn" "$dir/result.$1.$2" |
        awk -v inverse="$inverse" '$1 && $3 { print inverse ? $3 / $1 : $1 / $3 }' | sort -n |
        awk '{ all[NR] = $1 } END { printf "%.2f (%.2f–%.2f)", all[int((NR + 1) / 2)], all[1], all[NR] }'
}

title() {
    case $1 in
        randread) echo "random reads of 4 KiB, QD 16, per second" ;;
        randwrite) echo "random writes of 4 KiB, QD 16, clusters allocated, per second" ;;
        allocate) echo "random writes of 4 KiB, QD 16, each allocates a cluster, per second" ;;
        to-qcow2) echo "convert raw to qcow2, $convert MiB, half data, ms" ;;
        to-raw) echo "convert qcow2 to raw, ms" ;;
        compress) echo "convert -c raw to qcow2, ms" ;;
        info) echo "info, ms" ;;
    esac
}

print_row() {
    local each
    [[ -s $dir/result.$1.pirn ]] || { printf '| %s | not built yet | | | | | | | |\n' "$(title "$1")"; return; }
    printf '| %s | %s |' "$(title "$1")" "$(summary "$dir/result.$1.pirn")"
    for each in pirn-raw qemu; do
        if [[ -f $dir/result.$1.$each ]]; then printf ' %s |' "$(summary "$dir/result.$1.$each")"; else printf ' | |'; fi
    done
    for each in pirn-raw qemu; do
        if [[ -f $dir/result.$1.$each ]]; then printf ' %s |' "$(ratio "$1" "$each")"; else printf ' |'; fi
    done
    echo
}

[[ " $rows " != *" randread "* && " $rows " != *" randwrite "* ]] || serve_whole
[[ " $rows " != *" allocate "* ]] || serve_growing
make_source
((rounds == 1)) || warm_up
for ((round = 1; round <= rounds; round++)); do
    for row in $rows; do
        read -r -a order <<<"$(parties "$row")"
        shift_by=$((round % ${#order[@]}))
        order=("${order[@]:shift_by}" "${order[@]:0:shift_by}")
        for each in "${order[@]}"; do measure "$each" "$row" >>"$dir/result.$row.$each"; done
        echo "round $round: $row: $SECONDS s" >&2
    done
done

echo "$(machine "$parent"); $(qemu-img --version | head -1); $rounds rounds"
echo
echo '| what | Pirn | CPU | Pirn raw | CPU | QEMU | CPU | × Pirn raw | × QEMU |'
echo '|---|---|---|---|---|---|---|---|---|'
for row in $rows; do print_row "$row"; done
printf '\n%d seconds\n' "$SECONDS"
