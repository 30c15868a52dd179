package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client of our server: what is written is what is read. */
class NbdClientTest {
    @TempDir
    private Path dir;

    private static NbdUri uri(Served served) {
        return NbdUri.unix(((UnixDomainSocketAddress) served.address).getPath(), "disk");
    }

    @Test
    void readsWhatIsThere() throws Exception {
        try (var served = new Served(dir); var loop = EventLoop.open("client")) {
            byte[] bytes = new byte[3000];
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(uri(served), NbdClientOptions.DEFAULT)) {
                    assertEquals(1 << 20, disk.size());
                    disk.read(1001, MemorySegment.ofArray(bytes));
                }
                return null;
            });
            assertArrayEquals(Arrays.copyOfRange(Served.content(1 << 20), 1001, 4001), bytes);
        }
    }

    @Test
    void everyOperationDoesToTheImageWhatItSays() throws Exception {
        byte[] expected = Served.content(1 << 20);
        byte[] data = new byte[200_000];
        new Random(1).nextBytes(data);
        try (var served = new Served(dir);
                var loop = EventLoop.open("client");
                var arena = Arena.ofShared()) {
            MemorySegment source = arena.allocate(data.length).copyFrom(MemorySegment.ofArray(data));
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(uri(served), NbdClientOptions.DEFAULT)) {
                    disk.write(333, source, false);
                    disk.write(300_000, source, true);
                    disk.writeZeroes(1000, 5000, true, false);
                    disk.writeZeroes(400_000, 1, false, true);
                    disk.discard(700_000, 8192);
                    disk.prefetch(0, 1 << 20);
                    disk.flush();
                }
                return null;
            });
            System.arraycopy(data, 0, expected, 333, data.length);
            System.arraycopy(data, 0, expected, 300_000, data.length);
            Arrays.fill(expected, 1000, 6000, (byte) 0);
            expected[400_000] = 0;
            byte[] image = Files.readAllBytes(served.image);
            Arrays.fill(expected, 700_000, 708_192, (byte) 0);
            Arrays.fill(image, 700_000, 708_192, (byte) 0); // A discard is a hint.
            assertArrayEquals(expected, image);
        }
    }

    @Test
    void requestsOfManyCoroutinesAreInFlightAtATime() throws Exception {
        int count = 3 * Limits.CALLS_MAX;
        byte[][] results = new byte[count][512];
        try (var served = new Served(dir); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(uri(served), NbdClientOptions.DEFAULT)) {
                    readAll(disk, results);
                }
                return null;
            });
        }
        byte[] content = Served.content(count * 512);
        for (int i = 0; i < count; i++) {
            assertArrayEquals(Arrays.copyOfRange(content, i * 512, (i + 1) * 512), results[i]);
        }
    }

    @CoroutineFn
    private static void readAll(BlockDevice disk, byte[][] results) throws IOException {
        Group.<Void, IOException>run("reads", group -> {
            for (int i = 0; i < results.length; i++) {
                byte[] target = results[i];
                long offset = i * 512L;
                group.start("read " + i, () -> {
                    disk.read(offset, MemorySegment.ofArray(target));
                    return null;
                });
            }
            return null;
        });
    }

    @Test
    void requestsOfAnotherLoop() throws Exception {
        byte[] bytes = new byte[3000];
        try (var served = new Served(dir);
                var loop = EventLoop.open("client");
                var other = LoopThread.start()) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(uri(served), NbdClientOptions.DEFAULT)) {
                    Task<Void> there = other.loop().submit("there", () -> {
                        disk.read(1001, MemorySegment.ofArray(bytes));
                        disk.writeZeroes(0, 10, true, true);
                        disk.flush();
                        return null;
                    });
                    EventLoop.await(there.future());
                }
                return null;
            });
            assertEquals(0, Files.readAllBytes(served.image)[9]);
        }
        assertArrayEquals(Arrays.copyOfRange(Served.content(1 << 20), 1001, 4001), bytes);
    }

    /** A loop in a thread of its own. */
    private record LoopThread(EventLoop loop, Thread thread) implements AutoCloseable {
        static LoopThread start() throws IOException {
            var loop = EventLoop.open("other");
            return new LoopThread(loop, Thread.ofPlatform().daemon().start(loop::run));
        }

        @Override
        public void close() throws IOException {
            loop.stop();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            loop.close();
        }
    }

    @Test
    void closeTakesLeaveOfTheServer() throws Exception {
        try (var served = new Served(dir); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                NbdClient.open(uri(served), NbdClientOptions.DEFAULT).close();
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            served.awaitIdle();
            assertTrue(loop.shutdown(0).isClean());
        }
    }
}
