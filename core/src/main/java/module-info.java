/**
 * Coroutines, the event loop that wakes them, and what they wait on; uses {@code java.base} alone.
 */
module dev.pirn.core {
    exports dev.pirn;
    exports dev.pirn.aio;
}
