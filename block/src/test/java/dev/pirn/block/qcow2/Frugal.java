package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;

/**
 * What may be asked of a stranger's image takes less than a second: of the processor, by all threads of the
 * program, for who else works on the machine is no fault of the image.
 */
final class Frugal {
    private static final long CPU_NANOS_MAX = 1_000_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Frugal() { }

    /** Runs it, in a coroutine or not; a test that hangs has a time limit of its own. */
    @CoroutineFn
    static void run(CoroutineEntry body) throws Exception {
        Map<Long, Long> before = cpuNanos();
        try {
            body.run();
        } catch (OutOfMemoryError e) { // JUnit would give up all, and not say where.
            throw new AssertionError("needs more memory than " + Runtime.getRuntime().maxMemory(), e);
        } finally {
            long used = 0;
            for (var each : cpuNanos().entrySet()) {
                used += each.getValue() - before.getOrDefault(each.getKey(), 0L);
            }
            assertTrue(used < CPU_NANOS_MAX, "took " + used / 1_000_000 + " ms of the processor");
        }
    }

    private static Map<Long, Long> cpuNanos() {
        var nanos = new HashMap<Long, Long>();
        for (long each : THREADS.getAllThreadIds()) {
            nanos.put(each, Math.max(0, THREADS.getThreadCpuTime(each))); // -1 for one that has ended.
        }
        return nanos;
    }
}
