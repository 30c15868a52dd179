package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import javax.management.JMX;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/guide/seeing.md shows. */
class GuideSeeingTest {
    private final Coroutine waiting = Coroutine.create("waiting", Coroutine::yield);

    @BeforeEach
    void track() {
        Coroutines.track(true);
        Coroutine.create("shown", Coroutine::yield).enter();
        waiting.enter();
    }

    @AfterEach
    void stop() {
        Coroutines.track(false);
        waiting.enter();
    }

    @Test
    void dump() throws Exception {
        PrintStream before = System.err;
        var printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            // guide: dump
            Coroutines.dump(System.err);        // or Coroutines.live(), a list; or dumpJson, for programs
            // end
        } finally {
            System.setErr(before);
        }
        assertTrue(printed.toString(StandardCharsets.UTF_8).startsWith("Coroutines: "), printed.toString());
    }

    @Test
    void bean() throws Exception {
        var connection = ManagementFactory.getPlatformMBeanServer();
        Beans.await(connection, new ObjectName("dev.pirn:type=Coroutines"), true);
        // guide: bean
        var name = new ObjectName("dev.pirn:type=Coroutines");
        String dump = JMX.newMXBeanProxy(connection, name, CoroutinesMXBean.class).dump();
        // end
        assertTrue(dump.startsWith("Coroutines: "), dump);
    }
}
