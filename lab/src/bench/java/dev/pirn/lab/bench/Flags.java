package dev.pirn.lab.bench;

/** What each fork must be started with. */
final class Flags {
    static final String OPEN = "--add-opens=java.base/jdk.internal.vm=ALL-UNNAMED";
    static final String EXPORT = "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED";
    /** A thousand coroutines inside each other, interpreted at first, need more than the default. */
    static final String STACK = "-Xss16m";

    private Flags() { }
}
