package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One client has said thousands of requests that need no wait; another's request comes while the first is
 * served.
 * <pre>
 *   greedy:  READ 0 │ garbage │ garbage │ …  thousands, all there when the loop looks
 *              └ while it is served, the other says READ 4096
 *   other:                       READ 4096: how many of the greedy one's were answered before it?
 * </pre>
 */
class FairnessTest {
    /** Twice what a turn has: who lets others go first may go on in it, before the loop looks for them. */
    private static final int REQUESTS_BEFORE_MAX =
            2 * (Limits.TURN_BYTES_MAX / Limits.TURN_REQUEST_BYTES + 2);

    @TempDir
    private Path dir;

    @Test
    void whoAsksWithoutEndIsServedAPieceAtATime() throws Exception {
        try (var served = new Served(dir)) {
            var address = UnixDomainSocketAddress.of(dir.resolve("fair.sock"));
            var disk = new Watching();
            var server = NbdServer.of(new NbdExport("", "", BlockDevice.of("watching", disk, false)), 0);
            served.ask(() -> {
                var listener = CoServerSocket.bind(address);
                EventLoop.current().start("serve", () -> server.serve(listener));
                return null;
            });
            try (Client greedy = Client.connect(address); Client other = Client.connect(address)) {
                greedy.negotiate();
                other.negotiate();
                disk.server = server;
                disk.other = other;
                int asked = served.ask(() -> askAtOnce(greedy)); // In the loop: it serves nobody meanwhile.
                assertTrue(asked > 4 * REQUESTS_BEFORE_MAX, asked + " requests are too few for a test");
                assertEquals(0, other.reply().error());
                assertTrue(disk.answeredBefore <= REQUESTS_BEFORE_MAX,
                        disk.answeredBefore + " of " + asked + " requests were answered before it");
            }
            served.ask(() -> {
                server.shutdown();
                return null;
            });
        }
    }

    /** Which of the two the loop sees first is by chance: so ten times. */
    @Test
    void connectionsAreAcceptedAFewAtATime() throws Exception {
        try (var served = new Served(dir)) {
            var address = UnixDomainSocketAddress.of(dir.resolve("fair.sock"));
            var disk = new Watching();
            var server = NbdServer.of(new NbdExport("", "", BlockDevice.of("watching", disk, false)), 0);
            served.ask(() -> {
                var listener = CoServerSocket.bind(address);
                EventLoop.current().start("serve", () -> server.serve(listener));
                return null;
            });
            disk.server = server;
            try (Client other = Client.connect(address)) {
                other.negotiate();
                for (int i = 0; i < 10; i++) {
                    var flood = new ArrayList<Client>();
                    served.ask(() -> { // In the loop: it accepts nobody meanwhile.
                        for (int j = 0; j < 100; j++) flood.add(Client.connect(address));
                        other.ask(0, NBD_CMD_READ, 1, 4096, 1);
                        return null;
                    });
                    assertEquals(0, other.reply().error());
                    other.receive(1);
                    assertTrue(disk.clientsThen <= 1 + 3 * Limits.ACCEPTS_MAX,
                            disk.clientsThen + " were accepted before a request that came with them");
                    for (Client each : flood) {
                        each.receive(18); // Or those that wait would fill the line of the next round.
                        each.close();
                    }
                    served.await(() -> server.clients() == 1);
                }
            }
            served.ask(() -> {
                server.shutdown();
                return null;
            });
        }
    }

    private static int askAtOnce(Client greedy) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(10_000 * Request.SIZE);
        all.put(Client.request(0, NBD_CMD_READ, 0, 0, 1));
        while (all.hasRemaining()) all.put(Client.request(0, 77, 1, 0, 0));
        greedy.channel.configureBlocking(false);
        int sent = greedy.channel.write(all.flip());
        greedy.channel.configureBlocking(true);
        return sent / Request.SIZE;
    }

    /** A disk that has the other client ask when the first asks, and notes when that is served. */
    private static final class Watching implements Driver {
        volatile NbdServer server;
        volatile Client other;
        volatile long answeredBefore = -1;
        volatile int clientsThen;

        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            if (offset == 0) {
                other.ask(0, NBD_CMD_READ, 1, 4096, 1);
            } else {
                answeredBefore = server.statistics().requests();
                clientsThen = server.clients();
            }
        }

        @Override
        public long size() {
            return 8192;
        }

        @Override
        public void write(long offset, MemorySegment source) { }

        @Override
        public void writeZeroes(long offset, long length, boolean mayUnmap) { }

        @Override
        public void discard(long offset, long length) { }

        @Override
        public void flush() { }

        @Override
        public void prefetch(long offset, long length) { }

        @Override
        public void close() { }
    }
}
