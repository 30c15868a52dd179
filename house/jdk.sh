# shellcheck shell=bash
# Finds a JDK for ./check and ./pirn, which source this file. Works with the bash 3.2 of macOS.

JDK_VERSION_MIN=25
# README, "The flags".
# shellcheck disable=SC2034 # for those who source this
PIRN_FLAGS=(--add-opens java.base/jdk.internal.vm=dev.pirn.core
    --add-exports java.base/jdk.internal.access=dev.pirn.core)
# To open a package is to export it too, but not for a compiler.
# shellcheck disable=SC2034
PIRN_COMPILER_FLAGS=(--add-exports java.base/jdk.internal.vm=dev.pirn.core
    --add-exports java.base/jdk.internal.access=dev.pirn.core)

# Prints the feature version of the JDK in a folder, 0 if there is none. The file "release" is read rather than
# java run, for that costs more than everything else ./pirn does before the tool starts.
jdk_version() {
    local line version=
    [[ -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] || { echo 0; return; }
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line != JAVA_VERSION=* ]] || version=${line#JAVA_VERSION=}
    done <"$1/release"
    version=${version//\"/}
    version=${version%%[!0-9]*} # "26-ea" and "25.0.3" have the number first; "1.8.0" is as good as any old one.
    echo "${version:-0}"
}

# Prints where JDKs may be, best first: what the caller chose, then what is installed.
jdk_candidates() {
    local java root=${JDK_ROOT-} # JDK_ROOT: for tests only
    [[ -z ${JAVA_HOME-} ]] || echo "$JAVA_HOME"
    if java=$(type -P java); then
        java=$(readlink -f "$java" 2>/dev/null || echo "$java")
        echo "${java%/bin/java}"
    fi
    local folder
    for folder in "$root"/usr/lib/jvm/* "${HOME-}"/.sdkman/candidates/java/* \
        "$root"/{opt/homebrew,usr/local}/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        "$root"/Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME-}"/.jdks/*; do
        [[ ! -d $folder ]] || echo "$folder"
    done
}

# Sets and exports JAVA_HOME to the first JDK that is new enough, or says what to install and fails.
find_jdk() {
    local home
    while IFS= read -r home; do
        if (($(jdk_version "$home") >= JDK_VERSION_MIN)); then
            export JAVA_HOME=$home
            return
        fi
    done < <(jdk_candidates)
    echo "${0##*/}: no JDK $JDK_VERSION_MIN or newer found: install one (https://adoptium.net, or \"sdk install" \
        "java $JDK_VERSION_MIN-tem\") or set JAVA_HOME" >&2
    return 1
}
