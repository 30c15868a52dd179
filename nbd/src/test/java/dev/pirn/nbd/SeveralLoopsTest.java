package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeveralLoopsTest {
    private static final Served.Setup THREE = Served.Setup.USUAL.loops(3);

    @TempDir
    private Path dir;

    @Test
    void aClientComesToTheLoopThatHasFewest() throws Exception {
        try (var served = new Served(dir, THREE); Client _ = served.ready()) {
            try (Client _ = served.ready()) {
                try (Client _ = served.ready()) {
                    assertEquals(List.of(1, 1, 1), served.ask(served.server::clientsOfLoops));
                }
                served.await(() -> served.server.clients() == 2);
                assertEquals(List.of(1, 1, 0), served.ask(served.server::clientsOfLoops));
            }
            served.await(() -> served.server.clients() == 1);
            try (Client last = served.ready()) {
                assertEquals(List.of(1, 1, 0), served.ask(served.server::clientsOfLoops));
                assertEquals(0, last.errorOf(0, NBD_CMD_FLUSH, 0, 0));
            }
        }
    }

    @Test
    void oneReadsWhatAnotherWroteInAnotherLoop() throws Exception {
        try (var served = new Served(dir, THREE); Client one = served.ready(); Client two = served.ready()) {
            byte[] data = {1, 2, 3, 4};
            one.ask(0, NBD_CMD_WRITE, 7, 1000, data.length);
            one.send(ByteBuffer.wrap(data));
            assertEquals(0, one.reply().error());
            two.ask(0, NBD_CMD_READ, 8, 1000, data.length);
            assertEquals(0, two.reply().error());
            assertEquals(ByteBuffer.wrap(data), two.receive(data.length));
        }
    }

    @Test
    void whoLeftIsToldInTheServersLoop() throws Exception {
        var threads = new ConcurrentLinkedQueue<String>();
        var three = new CompletableFuture<Void>();
        try (var served = new Served(dir, THREE)) {
            served.server.onClientLeft(() -> {
                threads.add(Thread.currentThread().getName());
                if (threads.size() == 3) three.complete(null);
            });
            try (Client _ = served.ready(); Client _ = served.ready(); Client _ = served.ready()) { }
            three.get();
            assertEquals(List.of("server 0", "server 0", "server 0"), List.copyOf(threads));
        }
    }

    /** What is in flight in each loop is answered first. */
    @Test
    void shutdownEndsTheClientsOfAllLoops() throws Exception {
        try (var served = new Served(dir, THREE.oneThread());
                Client one = served.ready();
                Client two = served.ready();
                Client idle = served.ready()) {
            var held = served.holdDisk();
            one.askReads(5, 1, 1);
            two.askReads(6, 1, 1);
            served.await(() -> served.server.lentBuffers() == 3 + 5 + 6);
            var done = served.shutdown();
            held.countDown();
            assertAnswered(5, one);
            assertAnswered(6, two);
            one.assertClosed();
            two.assertClosed();
            idle.assertClosed();
            done.get();
        }
    }

    private static void assertAnswered(int reads, Client client) throws Exception {
        for (int i = 0; i < reads; i++) {
            int at = (int) client.reply().cookie();
            assertEquals(Served.content(reads)[at], client.receive(1).get());
        }
    }

    @Test
    void aServerInNoLoopIsRefused() throws Exception {
        try (var served = new Served(dir)) {
            var e = assertThrows(IllegalArgumentException.class, () -> served.server.spreadOver(List.of()));
            assertTrue(e.getMessage().contains("in no loop"), e.getMessage());
        }
    }
}
