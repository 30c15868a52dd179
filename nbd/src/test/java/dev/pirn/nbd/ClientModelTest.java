package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Coroutines that read and write a part of the disk each, against an array that does the same, by a server
 * that answers in any order and breaks the connection now and then. Some are cancelled: then each of their
 * bytes holds what was there or what was written, and goes on to.
 */
class ClientModelTest {
    private static final int PARTS = 12;
    private static final int PART_SIZE = 3001;
    private static final int SIZE = 64 << 10;
    private static final int ROUNDS = 100;
    private static final int CONNECTIONS = 50;
    private static final int LIFE = 60;

    private final long seed = Long.getLong("pirn.seed", System.nanoTime());
    private final byte[] disk = new byte[SIZE];

    @TempDir
    private Path dir;

    @ParameterizedTest
    @ValueSource(ints = {1, 512})
    void clientAgreesWithAnArray(int blockSize) throws Exception {
        var offer = FakeServer.USUAL.size(SIZE).blocks(blockSize, 4096);
        var scripts = new FakeServer.Script[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            var random = new Random(seed + i);
            long life = i == CONNECTIONS - 1 ? Long.MAX_VALUE : LIFE;
            scripts[i] = peer -> {
                peer.handshake(offer);
                new Answers(peer, random).give(disk, life);
            };
        }
        var options = NbdClientOptions.DEFAULT.withReconnects(3, Duration.ZERO);
        try (var fake = new FakeServer(dir, scripts); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice device = NbdClient.open(fake.uri(), options)) {
                    useAll(device);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(0).isClean());
        } catch (Throwable e) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, e);
        }
    }

    @CoroutineFn
    private void useAll(BlockDevice device) throws Exception {
        Group.<Void, Exception>run("parts", group -> {
            for (int part = 0; part < PARTS; part++) {
                var user = new User(device, part, new Random(~seed + part));
                group.start("part " + part, () -> {
                    user.run();
                    return null;
                });
            }
            return null;
        });
    }

    /** One part of the disk, and what it holds. */
    private static final class User {
        final BlockDevice device;
        final int start;
        final Random random;
        final byte[] model = new byte[PART_SIZE];

        User(BlockDevice device, int part, Random random) {
            this.device = device;
            this.start = part * PART_SIZE;
            this.random = random;
        }

        @CoroutineFn
        void run() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int from = random.nextInt(PART_SIZE);
                int to = from + 1 + random.nextInt(PART_SIZE - from);
                byte[] bytes = new byte[to - from];
                boolean read = random.nextBoolean();
                boolean zero = !read && random.nextInt(4) == 0;
                if (!read && !zero) random.nextBytes(bytes);
                boolean done = attempt(read, zero, from, bytes);
                if (!done) Arrays.fill(bytes, 0, read ? bytes.length : 0, (byte) 0);
                if (done && read) compare(from, bytes);
                if (done && !read) System.arraycopy(bytes, 0, model, from, bytes.length);
                if (!done && !read) settle(from, bytes);
            }
        }

        /** True if it was done, false if it was cancelled. */
        @CoroutineFn
        private boolean attempt(boolean read, boolean zero, int from, byte[] bytes) throws Exception {
            MemorySegment memory = MemorySegment.ofArray(bytes.clone());
            Task<Void> task = EventLoop.current().submit("request", () -> {
                perform(read, zero, from, memory);
                return null;
            });
            if (random.nextInt(4) == 0) {
                for (int turns = random.nextInt(4); turns >= 0; turns--) EventLoop.sleep(Duration.ZERO);
                if (!task.isDone()) task.coroutine().cancel();
            }
            try {
                task.await();
                MemorySegment.ofArray(bytes).copyFrom(memory);
                return true;
            } catch (CancellationException e) {
                memory.fill((byte) 0xee); // It is ours again: nobody may read it now, nor write it.
                return false;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause ? cause : e;
            }
        }

        @CoroutineFn
        private void perform(boolean read, boolean zero, int from, MemorySegment memory) throws IOException {
            if (read) device.read(start + from, memory);
            else if (zero) device.writeZeroes(start + from, memory.byteSize(), false, false);
            else device.write(start + from, memory, random.nextBoolean());
        }

        private void compare(int from, byte[] bytes) {
            int wrong = Arrays.mismatch(model, from, from + bytes.length, bytes, 0, bytes.length);
            assertEquals(-1, wrong, () -> "of [" + (start + from) + ", +" + bytes.length + ")");
        }

        /** Finds out what became of a write that was cancelled. */
        @CoroutineFn
        private void settle(int from, byte[] written) throws IOException {
            byte[] now = new byte[written.length];
            device.read(start + from, MemorySegment.ofArray(now));
            for (int i = 0; i < now.length; i++) {
                assertTrue(now[i] == model[from + i] || now[i] == written[i], "byte " + (start + from + i));
            }
            System.arraycopy(now, 0, model, from, now.length);
        }
    }

    /** Answers of a connection, which a second thread gives in any order. */
    private static final class Answers {
        private final FakeServer.Peer peer;
        private final Random random;
        private final ArrayList<Request> waiting = new ArrayList<>();
        private boolean over;

        Answers(FakeServer.Peer peer, Random random) {
            this.peer = peer;
            this.random = random;
        }

        /** Takes {@code life} requests and answers most of them. */
        void give(byte[] disk, long life) throws Exception {
            Thread replier = Thread.ofPlatform().daemon().start(() -> reply(disk));
            try {
                for (long count = 0; count < life; count++) {
                    Request request = peer.request();
                    if (request.type() == NBD_CMD_DISC) return;
                    byte[] data = new byte[(int) request.length()];
                    if (request.type() == NBD_CMD_WRITE) data = peer.receive(data.length).array();
                    synchronized (this) {
                        if (request.isWrite()) {
                            System.arraycopy(data, 0, disk, (int) request.offset(), data.length);
                        }
                        waiting.add(request);
                        notifyAll();
                    }
                }
            } finally {
                synchronized (this) {
                    over = true;
                    notifyAll();
                }
                replier.join();
            }
        }

        private void reply(byte[] disk) {
            try {
                for (Request next = take(); next != null; next = take()) answer(next, disk);
            } catch (IOException e) {
                // The client has left, as the other thread finds out too.
            }
        }

        private synchronized Request take() {
            while (waiting.isEmpty() && !over) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    return null;
                }
            }
            return over ? null : waiting.remove(random.nextInt(waiting.size()));
        }

        private void answer(Request request, byte[] disk) throws IOException {
            if (request.type() != NBD_CMD_READ) {
                peer.done(request.cookie());
                return;
            }
            int offset = (int) request.offset();
            byte[] data;
            synchronized (this) {
                data = Arrays.copyOfRange(disk, offset, offset + (int) request.length());
            }
            int cut = data.length == 1 ? 0 : random.nextInt(data.length);
            if (cut > 0) peer.data(0, request.cookie(), offset, Arrays.copyOf(data, cut));
            peer.data(NBD_REPLY_FLAG_DONE, request.cookie(), offset + cut,
                    Arrays.copyOfRange(data, cut, data.length));
        }
    }
}
