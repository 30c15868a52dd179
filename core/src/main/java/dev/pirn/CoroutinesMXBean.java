package dev.pirn;

/**
 * What JMX clients see of {@link Coroutines}: the bean {@code dev.pirn:type=Coroutines}.
 *
 * <p>There while tracking is on, if the JVM has the module java.management.
 */
public interface CoroutinesMXBean {
    /** Returns how many coroutines have not ended. */
    int getLive();

    /** Returns how many coroutines were lost since the JVM started. */
    long getLost();

    /** Returns what {@link Coroutines#dump} writes. */
    String dump();

    /** Returns what {@link Coroutines#dumpJson} writes. */
    String dumpJson();
}
