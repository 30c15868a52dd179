package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that ask for nothing, or take their time. That the limit has passed, another client finds out. */
class IdleTest {
    private static final Duration LIMIT = Duration.ofMillis(400);

    @TempDir
    private Path dir;

    private static void limit(Served served) throws Exception {
        served.ask(() -> {
            served.server.closeIdle(LIMIT);
            return null;
        });
    }

    /** Returns when one that was idle from its begin on was closed. */
    private static void awaitLimit(Served served) throws IOException {
        try (Client idle = served.ready()) {
            idle.assertClosed();
        }
    }

    @Test
    void whoAsksForNothingIsClosed() throws Exception {
        try (var served = new Served(dir)) {
            limit(served);
            try (Client client = served.ready()) {
                client.assertClosed();
                served.awaitIdle();
            }
        }
    }

    @Test
    void whoWaitsForTheDiskIsNotIdle() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread())) {
            limit(served);
            CountDownLatch held = served.holdDisk();
            try (Client client = served.ready()) {
                client.ask(0, NBD_CMD_FLUSH, 5, 0, 0);
                awaitLimit(served);
                held.countDown();
                assertEquals(new Client.Reply(0, 5), client.reply());
                client.assertClosed(); // From now on it is.
            }
        }
    }

    @Test
    void payloadThatDoesNotCome() throws Exception {
        try (var served = new Served(dir)) {
            limit(served);
            try (Client client = served.ready()) {
                client.ask(0, NBD_CMD_WRITE, 1, 0, 100_000);
                client.send(ByteBuffer.allocate(50_000));
                client.assertClosed();
            }
        }
    }

    /** Each byte counts: what is slow is not idle. */
    @Test
    void payloadThatComesSlowly() throws Exception {
        try (var served = new Served(dir)) {
            limit(served);
            try (Client client = served.ready(); Client idle = served.ready()) {
                client.ask(0, NBD_CMD_WRITE, 1, 0, 100_000);
                var sent = 0;
                idle.channel.configureBlocking(false);
                var one = ByteBuffer.allocate(1);
                while (idle.channel.read(one) == 0) {
                    if (sent++ < 90_000) client.send(ByteBuffer.allocate(1));
                    served.ask(() -> null); // A turn of the loop, so that it is received.
                }
                client.send(ByteBuffer.allocate(100_000 - Math.min(sent, 90_000)));
                assertEquals(new Client.Reply(0, 1), client.reply());
            }
        }
    }

    @Test
    void withoutALimitNobodyIsClosed() throws Exception {
        try (var served = new Served(dir); Client first = served.ready()) {
            limit(served); // For those who come later.
            awaitLimit(served);
            assertEquals(0, first.errorOf(0, NBD_CMD_FLUSH, 0, 0));
        }
    }

    @Test
    void limitThatIsNone() throws Exception {
        try (var served = new Served(dir)) {
            for (Duration none : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
                var e = assertThrows(IllegalArgumentException.class, () -> served.server.closeIdle(none));
                assertEquals("an idle limit of " + none, e.getMessage());
            }
        }
    }
}
