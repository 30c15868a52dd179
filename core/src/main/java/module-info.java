/**
 * Coroutines, the event loop that wakes them, and what they wait on; needs {@code java.base} alone.
 */
module dev.pirn.core {
    requires static java.management; // For checked mode and the MXBean, where it is there.
    requires static jdk.jfr; // For events, where it is there.

    exports dev.pirn;
    exports dev.pirn.aio;
    exports dev.pirn.lock;
}
