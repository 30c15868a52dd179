# shellcheck shell=bash
# What the scripts beside this one share, which measure servers. They source it with "root" set, and find here:
# a JDK; "dir", which is removed at the end; "pid", whose processes are ended then.

# shellcheck source=house/jdk.sh
source "$root/house/jdk.sh"
find_jdk || exit 1
declare -A pid=()

# open_dir PREFIX PARENT: sets "dir".
open_dir() {
    dir=$(mktemp -d -p "$2" "$1.XXXXXX")
    trap finish EXIT
    trap 'exit 130' INT TERM
}

finish() {
    local each
    for each in "${pid[@]}"; do kill "$each" 2>/dev/null || true; done
    wait
    rm -rf "$dir"
}

# Becomes the tool, so that $! is the process which is measured. With "built", of the classes that are there.
exec_pirn() {
    if [[ -z ${built-} ]]; then exec "$root/pirn" "$@"; fi
    exec "$JAVA_HOME/bin/java" "${PIRN_FLAGS[@]}" --enable-native-access=dev.pirn.block,com.github.luben.zstd_jni \
        --module-path "$root/tool/target/classes:$root/tool/target/lib" --module dev.pirn.tool/dev.pirn.tool.Main "$@"
}

# await NAME LOG TEST…: until the server that has just been started listens.
await() {
    local tries=0
    pid[$1]=$!
    until "${@:3}"; do
        if ((++tries > 1200)) || ! kill -0 "${pid[$1]}" 2>/dev/null; then
            echo "${0##*/}: $1 does not listen:" >&2
            cat "$2" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# User and system time of a process in µs. Its name may have spaces: what counts stands behind the ")".
cpu() {
    local fields
    read -r -a fields <<<"$(sed 's/.*) //' "/proc/$1/stat")"
    echo $(((fields[11] + fields[12]) * 1000000 / $(getconf CLK_TCK)))
}

# lean ADDRESS MODE DEPTH SECONDS: the client that takes little CPU itself. What it does before, to warm up, takes as
# long again, and costs the server as much.
lean() {
    "$JAVA_HOME/bin/java" -cp "$root/lab/target/classes:$(cat "$root/lab/target/module-path.txt")" -Xmx64m \
        -XX:+UseSerialGC dev.pirn.lab.nbd.Load "$1" "$2" "$3" "$4" "$4"
}

# The machine, for the reader of a table of what was measured in the folder $1.
machine() {
    echo "Linux $(uname -r), $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), load" \
        "$(cut -d' ' -f1 /proc/loadavg); images in $(stat -f -c %T "$1")"
}
