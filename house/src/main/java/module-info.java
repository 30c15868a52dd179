/**
 * Checks that the project runs on itself, from {@code ./check}; uses the JDK alone and is never published.
 */
module dev.pirn.house {
    requires jdk.compiler;
}
