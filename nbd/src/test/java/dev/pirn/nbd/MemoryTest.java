package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final int MIB = 1 << 20;
    private static final int LOOPS = 2;
    private static final int CLIENTS_OF_LOOP = 8;
    private static final int REQUESTS = Boolean.getBoolean("pirn.long") ? 100_000 : 300;

    @Test
    void halfOfWhatThereIsToShareOutIsForPlaces() {
        assertEquals(120, new Memory(96L * MIB, 0, 1).clientsMax());
        assertEquals(1, new Memory(Memory.bytesFor(1), 0, 1).clientsMax());
        assertEquals(30L * MIB, new Memory(96L * MIB, 0, 1).common().free());
        assertEquals(59L * MIB, new Memory(96L * MIB, 4, 1).common().free());
    }

    @Test
    void tooLittleForItsClients() {
        var e = assertThrows(IllegalArgumentException.class, () -> new Memory(48L * MIB, 100, 1));
        assertEquals("an NBD server of 100 clients with 50331648 bytes; it needs 72351744", e.getMessage());
        assertEquals(72351744, NbdServer.memoryFor(100));
    }

    /** Clients of two loops, who each have many requests in flight, of all sizes: all of them get done. */
    @Test
    void neverMoreThanItMay() throws Exception {
        long seed = Long.getLong("pirn.seed", System.nanoTime());
        int clients = LOOPS * CLIENTS_OF_LOOP;
        long bytesMax = Memory.bytesFor(clients);
        var memory = new Memory(bytesMax, clients, Limits.STALL_NANOS);
        var borrowers = new Borrowers(memory, bytesMax, seed);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < LOOPS; i++) threads.add(borrowers.start(i));
        for (Thread each : threads) each.join();
        if (borrowers.failure.get() != null) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, borrowers.failure.get());
        }
        assertEquals(0, memory.lent());
        assertEquals(40L * MIB, memory.large().free() + memory.common().free());
        memory.close();
    }

    private static final class Borrowers {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Memory memory;
        private final long bytesMax;
        private final long seed;
        private final AtomicLong smallBytes = new AtomicLong();

        Borrowers(Memory memory, long bytesMax, long seed) {
            this.memory = memory;
            this.bytesMax = bytesMax;
            this.seed = seed;
        }

        Thread start(int number) {
            var thread = new Thread(() -> {
                try (var loop = EventLoop.open("loop " + number)) {
                    loop.onUncaught((who, e) -> failure.set(e));
                    var lane = new Lane(loop, Limits.KEPT_SMALL_BYTES_MAX / LOOPS, memory);
                    var left = new AtomicInteger(CLIENTS_OF_LOOP);
                    for (int i = 0; i < CLIENTS_OF_LOOP; i++) {
                        var random = new Random(seed + 100 * number + i);
                        loop.start("client " + i, () -> {
                            try {
                                borrow(lane, random);
                            } finally {
                                if (left.decrementAndGet() == 0) loop.stop();
                            }
                        });
                    }
                    loop.run();
                    lane.buffers.close();
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            thread.start();
            return thread;
        }

        private void borrow(Lane lane, Random random) throws IOException {
            Buffer receive = lane.take(Limits.RECEIVE_SIZE);
            var share = new Share(memory, lane.loop, failure::set);
            List<Buffer> lent = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                if (lent.size() > random.nextInt(40)) giveBackOne(lane, share, lent, random);
                int length = 1 << random.nextInt(random.nextInt(10) == 0 ? 26 : 20);
                int size = BufferPool.sizeFor(Math.min(length, 32 * MIB));
                if (!share.take(size)) {
                    // Its replies are read by others, as a sender's are.
                    while (!lent.isEmpty()) giveBackOne(lane, share, lent, random);
                    share.await(new ReplyQueue(lane.loop, null));
                }
                lent.add(lane.take(size));
                if (size <= Limits.SMALL_SIZE_MAX) smallBytes.addAndGet(size);
                check();
                if (random.nextInt(3) == 0) EventLoop.sleep(Duration.ZERO);
            }
            while (!lent.isEmpty()) giveBackOne(lane, share, lent, random);
            receive.release();
        }

        private void giveBackOne(Lane lane, Share share, List<Buffer> lent, Random random) {
            Buffer one = lent.remove(random.nextInt(lent.size()));
            int size = one.capacity();
            if (size <= Limits.SMALL_SIZE_MAX) smallBytes.addAndGet(-size);
            share.giveBack(size, one);
            assertTrue(lane.buffers.keptBytes() <= Limits.KEPT_SMALL_BYTES_MAX / LOOPS);
        }

        private void check() {
            long held = smallBytes.get() + memory.allocatedBytes();
            assertTrue(held <= bytesMax - Limits.KEPT_SMALL_BYTES_MAX, held + " of " + bytesMax);
        }
    }
}
