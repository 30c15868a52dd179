#!/usr/bin/env bash
# Tests house/jdk.sh against invented installations. Run by ./check.
set -euo pipefail

house=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bash=$(type -P bash)
tools=$(dirname "$(type -P readlink)")
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
failed=0

# jdk FOLDER VERSION: something that looks like a JDK; its java must never be run.
jdk() {
    mkdir -p "$fake/$1/bin"
    printf '#!/bin/sh\necho "java was run" >&2\nexit 1\n' >"$fake/$1/bin/java"
    cp "$fake/$1/bin/java" "$fake/$1/bin/javac"
    chmod +x "$fake/$1/bin/"*
    printf 'IMPLEMENTOR="Somebody"\nJAVA_VERSION="%s"\nOS_NAME="Linux"\n' "$2" >"$fake/$1/release"
}

# find_with [NAME=VALUE…]: prints the JDK found in an environment that has only these.
find_with() {
    # shellcheck disable=SC2016 # for the inner bash to expand
    env -i JDK_ROOT="$fake/root" HOME="$fake/home" PATH="$fake/bin" "$@" \
        "$bash" -euc 'source "$0"; find_jdk; echo "$JAVA_HOME"' "$house/jdk.sh" 2>&1
}

# is NAME EXPECTED ACTUAL
is() {
    if [[ $2 != "$3" ]]; then
        printf '%s: error: %s: expected "%s" but was "%s"\n' "house/test-jdk.sh" "$1" "$2" "$3"
        failed=1
    fi
}

reset() {
    rm -rf "${fake:?}"/*
    mkdir -p "$fake/bin" "$fake/home" "$fake/root"
    ln -s "$tools/readlink" "$fake/bin/readlink"
}

reset
status=0
said=$(find_with) || status=$?
is noJdkAnywhereFails 1 "$status"
is noJdkAnywhereSaysWhatToInstallInOneLine 1 "$(grep -c 'no JDK 25 or newer found: install one' <<<"$said")"
is noJdkAnywhereSaysNothingElse 1 "$(wc -l <<<"$said" | tr -d ' ')"

reset
jdk chosen 25.0.3
jdk root/usr/lib/jvm/other 25
is javaHomeComesFirst "$fake/chosen" "$(find_with JAVA_HOME="$fake/chosen")"
jdk chosen 17.0.15
is javaHomeTooOldIsPassedOver "$fake/root/usr/lib/jvm/other" "$(find_with JAVA_HOME="$fake/chosen")"
is javaHomeThatIsGoneIsPassedOver "$fake/root/usr/lib/jvm/other" "$(find_with JAVA_HOME="$fake/gone")"
is javaHomeThatIsEmptyIsPassedOver "$fake/root/usr/lib/jvm/other" "$(find_with JAVA_HOME=)"

reset
jdk onpath 26-ea
ln -s ../onpath/bin/java "$fake/bin/java"
is earlyAccessThroughASymlinkOnThePath "$fake/onpath" "$(find_with)"
jdk onpath 1.8.0_402
jdk "root/usr/lib/jvm/a b" 27
is javaOnThePathTooOldIsPassedOver "$fake/root/usr/lib/jvm/a b" "$(find_with)"

reset
jdk root/usr/lib/jvm/java-9 9
jdk root/usr/lib/jvm/jre 25
rm "$fake/root/usr/lib/jvm/jre/bin/javac"
jdk home/.sdkman/candidates/java/25-tem 25.0.1
is jreIsPassedOver "$fake/home/.sdkman/candidates/java/25-tem" "$(find_with)"

for place in opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk usr/local/opt/openjdk/libexec/openjdk.jdk \
    Library/Java/JavaVirtualMachines/temurin-25.jdk; do
    reset
    jdk "root/$place/Contents/Home" 25
    is "foundIn/$place" "$fake/root/$place/Contents/Home" "$(find_with)"
done

exit "$failed"
