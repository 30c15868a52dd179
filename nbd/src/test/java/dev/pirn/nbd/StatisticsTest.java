package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server counts and records of requests. */
class StatisticsTest {
    @TempDir
    private Path dir;

    /** A write, a read, a flush, and a read beyond the end; from two clients in two loops. */
    private static void use(Served served) throws Exception {
        try (Client one = served.ready(); Client two = served.ready()) {
            one.ask(0, NBD_CMD_WRITE, 1, 4096, 100);
            one.send(ByteBuffer.allocate(100));
            assertEquals(0, one.reply().error());
            assertEquals(0, one.errorOf(0, NBD_CMD_FLUSH, 0, 0));
            two.ask(0, NBD_CMD_READ, 2, 0, 300);
            assertEquals(0, two.reply().error());
            two.receive(300);
            assertEquals(NBD_EINVAL, two.errorOf(0, NBD_CMD_READ, 1L << 40, 50));
        }
        served.await(() -> served.server.clients() == 0);
    }

    @Test
    void countsOfAllLoops() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.loops(2))) {
            assertEquals(new NbdStatistics(0, 0, 0, 0), served.server.statistics());
            use(served);
            assertEquals(new NbdStatistics(4, 1, 300, 100), served.server.statistics());
        }
    }

    @Test
    void eventsOfRequests() throws Exception {
        Path file = dir.resolve("requests.jfr");
        try (var recording = new Recording()) {
            recording.enable("dev.pirn.nbd.Request");
            recording.start();
            try (var served = new Served(dir)) {
                use(served);
            }
            recording.stop();
            recording.dump(file);
        }
        var seen = new ArrayList<String>();
        for (RecordedEvent each : RecordingFile.readAllEvents(file)) {
            if (!each.getEventType().getName().equals("dev.pirn.nbd.Request")) continue;
            seen.add(each.getString("type") + " " + each.getLong("offset") + " " + each.getLong("length")
                    + " " + each.getInt("error"));
            assertTrue(each.getString("client").matches("NBD client \\d"), each.getString("client"));
            assertEquals("disk", each.getString("export"));
            assertTrue(each.getDuration().isPositive(), each.toString());
        }
        seen.sort(null);
        assertEquals(List.of("NBD_CMD_FLUSH 0 0 0", "NBD_CMD_READ 0 300 0",
                "NBD_CMD_READ 1099511627776 50 22", "NBD_CMD_WRITE 4096 100 0"), seen);
    }
}
