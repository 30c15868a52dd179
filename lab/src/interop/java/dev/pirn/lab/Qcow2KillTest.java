package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.nbd.NbdClient;
import dev.pirn.nbd.NbdClientOptions;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server of a qcow2 image that {@code kill -9} ends under load, again and again with the same image: QEMU
 * finds no corruption, and what a flush had made safe is there.
 *
 * <pre>
 *   serve ──▶ workers write, zero, discard, flush ──▶ kill -9 ──▶ qemu-img check ──▶ journal compared ──┐
 *     ▲                                                                                                 │
 *     └───────────────── now and then a snapshot made, or deleted, by qemu-img ◀────────────────────────┘
 * </pre>
 */
class Qcow2KillTest {
    private static final int SIZE = 4 << 20;
    private static final int ROUNDS = 5;
    private static final int WORKERS = 6;
    private static final int LIFE_MILLIS_MAX = 250;
    /** What {@code qemu-img check} ends with if there are leaks, and nothing worse. */
    private static final int LEAKS = 3;

    @TempDir
    private Path dir;

    private boolean killed;

    static int[] seeds() {
        int[] seeds = new int[Boolean.getBoolean("pirn.long") ? 200 / ROUNDS : 2];
        for (int i = 0; i < seeds.length; i++) seeds[i] = i;
        return seeds;
    }

    private static String drawOptions(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> "cluster_size=512";
            case 1 -> "cluster_size=4096,refcount_bits=1";
            case 2 -> "cluster_size=16384,extended_l2=on";
            case 3 -> "compat=0.10";
            case 4 -> "lazy_refcounts=on";
            default -> "cluster_size=65536";
        };
    }

    private static String qemuImg(String... arguments) throws InterruptedException {
        return Clients.run("qemu-img", arguments);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void killedUnderLoadAndServedAgain(int seed) throws Exception {
        var random = new Random(seed);
        String options = drawOptions(random);
        Path image = dir.resolve("image.qcow2");
        String name = image.toString();
        qemuImg("create", "-q", "-f", "qcow2", "-o", options, name, Integer.toString(SIZE));
        byte[] disk = new byte[SIZE];
        for (int round = 0; round < ROUNDS; round++) {
            var journal = new Journal(disk);
            String where = "seed %d (%s), round %d: ".formatted(seed, options, round);
            // Never more than one: an image with one-bit refcounts has none at all.
            boolean snapshots = !options.contains("refcount_bits=1");
            if (snapshots && round == 1) qemuImg("snapshot", "-c", "one", name);
            if (snapshots && round == 3) qemuImg("snapshot", "-d", "one", name);
            load(image, journal, random);
            Run.Outcome checked = Pirn.qemuImg("check", "-f", "qcow2", name);
            assertTrue(checked.code() == 0 || checked.code() == LEAKS, () -> where + checked);
            disk = read(name);
            try {
                journal.check(disk);
            } catch (AssertionError e) {
                throw new AssertionError(where + e.getMessage(), e);
            }
            assertTrue(journal.count() > 0, () -> where + "killed before anything was written");
        }
    }

    private byte[] read(String image) throws Exception {
        Path raw = dir.resolve("read.img");
        qemuImg("convert", "-f", "qcow2", "-O", "raw", image, raw.toString());
        return Files.readAllBytes(raw);
    }

    private void load(Path image, Journal journal, Random random) throws Exception {
        killed = false;
        Server server = Server.start("--socket", dir.resolve("socket").toString(), "--format", "qcow2",
                "--discard", "unmap", image.toString());
        try (var loop = EventLoop.open("load")) {
            loop.run("load", () -> {
                var options = NbdClientOptions.DEFAULT.withReconnects(0, Duration.ZERO);
                try (BlockDevice disk = NbdClient.open(NbdUri.parse(server.uri()), options)) {
                    work(disk, journal, random, server);
                }
                return null;
            });
        }
    }

    @CoroutineFn
    private void work(BlockDevice disk, Journal journal, Random random, Server server) throws Exception {
        int stripe = random.nextBoolean() ? 3 : 32;
        int blocks = 1 + random.nextInt(journal.blocks()); // Of the disk; in few, all is written often.
        EventLoop loop = EventLoop.current();
        var tasks = new ArrayList<Task<Void>>();
        for (int i = 0; i < WORKERS; i++) {
            var worker = new Worker(disk, journal, new Random(random.nextLong()), i, stripe,
                    Math.max(blocks, WORKERS * stripe));
            tasks.add(loop.submit("worker " + i, () -> {
                worker.work();
                return null;
            }));
        }
        EventLoop.sleep(Duration.ofMillis(20 + random.nextInt(LIFE_MILLIS_MAX)));
        killed = true;
        server.kill();
        for (var each : tasks) each.join();
    }

    /** Changes its own stripes of the disk until the server is gone. */
    private final class Worker {
        private final BlockDevice disk;
        private final Journal journal;
        private final Random random;
        private final int number;
        private final int stripe;
        private final int stripes;

        Worker(BlockDevice disk, Journal journal, Random random, int number, int stripe, int blocks) {
            this.disk = disk;
            this.journal = journal;
            this.random = random;
            this.number = number;
            this.stripe = stripe;
            this.stripes = Math.min(blocks, journal.blocks()) / stripe / WORKERS;
        }

        @CoroutineFn
        void work() throws IOException {
            try {
                while (true) step();
            } catch (IOException e) {
                if (!killed) throw e;
            }
        }

        @CoroutineFn
        private void step() throws IOException {
            int start = (random.nextInt(stripes) * WORKERS + number) * stripe;
            int first = random.nextInt(3) == 0 ? 0 : random.nextInt(stripe);
            int count = first == 0 ? stripe : 1 + random.nextInt(stripe - first);
            first += start;
            long offset = (long) first * Journal.BLOCK;
            long length = (long) count * Journal.BLOCK;
            switch (random.nextInt(12)) {
                case 0 -> {
                    int[] begun = journal.beginFlush();
                    disk.flush();
                    journal.ackFlush(begun);
                }
                case 1 -> {
                    disk.write(offset, journal.write(first, count), true);
                    journal.ackFua(first, count);
                }
                case 2, 3 -> {
                    journal.zero(first, count);
                    disk.writeZeroes(offset, length, random.nextBoolean(), false);
                    journal.ack(first, count);
                }
                case 4 -> { // Not noted as done: it need do nothing.
                    journal.zero(first, count);
                    disk.discard(offset, length);
                }
                default -> {
                    disk.write(offset, journal.write(first, count), false);
                    journal.ack(first, count);
                }
            }
        }
    }
}
