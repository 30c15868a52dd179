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

# Is there a JDK in a folder that is new enough? The file "release" is read rather than java run, for that costs
# more than everything else ./pirn does before the tool starts.
is_jdk() {
    local line version=
    [[ -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] || return 1
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line != JAVA_VERSION=* ]] || version=${line#JAVA_VERSION=}
    done <"$1/release"
    version=${version//\"/}
    version=${version%%[!0-9]*} # "26-ea" and "25.0.3" have the number first; "1.8.0" is as good as any old one.
    ((${version:-0} >= JDK_VERSION_MIN))
}

# Prints where JDKs may be, best first.
jdk_candidates() {
    local java root=${JDK_ROOT-} # JDK_ROOT: for tests only
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

# Sets and exports JAVA_HOME to the first JDK that is new enough, what the caller chose before what is installed;
# or says what to install and fails.
find_jdk() {
    local home
    if [[ -n ${JAVA_HOME-} ]] && is_jdk "$JAVA_HOME"; then # Without a process for the others.
        export JAVA_HOME
        return
    fi
    while IFS= read -r home; do
        if is_jdk "$home"; then
            export JAVA_HOME=$home
            return
        fi
    done < <(jdk_candidates)
    echo "${0##*/}: no JDK $JDK_VERSION_MIN or newer found: install one (https://adoptium.net, or \"sdk install" \
        "java $JDK_VERSION_MIN-tem\") or set JAVA_HOME" >&2
    return 1
}
