package dev.pirn.lab.disk;

import com.sun.management.OperatingSystemMXBean;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import dev.pirn.block.CacheMode;
import dev.pirn.block.Discard;
import dev.pirn.block.Engine;
import dev.pirn.block.RawOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Reads and writes 4 KiB at random places of a raw image from one event loop, by both engines in turn, and
 * prints what each did and took.
 *
 * <pre>
 *   Engines FILE direct|cached|cold read|write|flush DEPTH SECONDS ROUNDS POLL-MICROS
 *   ENGINE OPS-PER-SECOND ±% CPU-MICROS-PER-OPERATION ±%, and the ratios, round by round
 * </pre>
 *
 * <p>{@code cold} drops the file from the page cache first, and reads each block once.
 */
public final class Engines {
    private static final int BLOCK_SIZE = 4096;
    private static final Engine[] ENGINES = {Engine.NIO, Engine.URING};

    private final Path file;
    private final String cache;
    private final String operation;
    private final int depth;
    private final Duration time;
    private final Duration poll;
    private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private long done;
    private long next;
    private int running;

    private Engines(String[] args) {
        file = Path.of(args[0]);
        cache = args[1];
        operation = args[2];
        depth = Integer.parseInt(args[3]);
        time = Duration.ofMillis(Math.round(Double.parseDouble(args[4]) * 1000));
        poll = Duration.ofNanos(1000L * Integer.parseInt(args[6]));
    }

    /** Runs it; see above. */
    public static void main(String[] args) throws Exception {
        if (args.length != 7) {
            System.err.println("usage: Engines FILE direct|cached|cold read|write|flush DEPTH SECONDS ROUNDS "
                    + "POLL-MICROS");
            System.exit(2);
        }
        new Engines(args).run(Integer.parseInt(args[5]));
    }

    private void run(int rounds) throws Exception {
        var rates = new double[ENGINES.length][rounds];
        var cpus = new double[ENGINES.length][rounds];
        for (int i = 0; i < 3 * ENGINES.length; i++) measure(ENGINES[i % ENGINES.length]); // The JIT's.
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < ENGINES.length; turn++) {
                int which = (round + turn) % ENGINES.length;
                double[] result = measure(ENGINES[which]);
                rates[which][round] = result[0];
                cpus[which][round] = result[1];
            }
        }
        System.out.printf("%s %s, QD %d, poll %d: ", cache, operation, depth, poll.toNanos() / 1000);
        for (int i = 0; i < ENGINES.length; i++) {
            System.out.printf("%s %s/s %s µs | ", ENGINES[i], text(rates[i], "%.0f"), text(cpus[i], "%.1f"));
        }
        System.out.printf("rate × %s, CPU × %s%n", ratio(rates), ratio(cpus));
    }

    private static String text(double[] values, String format) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        double spread = (sorted[sorted.length - 1] - sorted[0]) * 50 / median;
        return format.formatted(median) + " ± %.0f %%".formatted(spread);
    }

    private static String ratio(double[][] values) {
        double[] ratios = new double[values[0].length];
        for (int i = 0; i < ratios.length; i++) ratios[i] = values[1][i] / values[0][i];
        Arrays.sort(ratios);
        return "%.2f (%.2f–%.2f)".formatted(ratios[ratios.length / 2], ratios[0],
                ratios[ratios.length - 1]);
    }

    private double[] measure(Engine engine) throws Exception {
        if (cache.equals("cold")) drop();
        var options = new RawOptions(false, Discard.IGNORE).with(engine)
                .with(cache.equals("direct") ? CacheMode.NONE : CacheMode.WRITEBACK);
        done = 0;
        next = 0;
        long start;
        long cpu;
        try (var pool = ThreadPool.of("disk", ThreadPool.THREADS_DEFAULT);
                var disk = BlockDevice.openRaw(file, options, pool);
                var loop = EventLoop.open("load")) {
            loop.polling(poll);
            running = depth;
            var buffers = BufferPool.of(1 << 20);
            start = System.nanoTime();
            cpu = system.getProcessCpuTime();
            for (int i = 0; i < depth; i++) {
                long seed = start + i;
                loop.start("load " + i, () -> load(loop, disk, buffers, seed));
            }
            loop.run();
            cpu = system.getProcessCpuTime() - cpu;
        }
        double nanos = System.nanoTime() - start;
        return new double[] {done * 1e9 / nanos, cpu / 1e3 / done};
    }

    @CoroutineFn
    private void load(EventLoop loop, BlockDevice disk, BufferPool buffers, long seed) throws IOException {
        var random = new SplittableRandom(seed);
        long blocks = disk.size() / BLOCK_SIZE;
        Buffer buffer = buffers.take(BLOCK_SIZE);
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            long block = random.nextLong(blocks);
            if (cache.equals("cold")) {
                if (next == blocks) break;
                block = next++ * 40_503 % blocks; // Odd: of 2^n blocks each once, in no order.
            }
            switch (operation) {
                case "read" -> disk.read(block * BLOCK_SIZE, buffer.payload(BLOCK_SIZE));
                case "write" -> disk.write(block * BLOCK_SIZE, buffer.payload(BLOCK_SIZE), false);
                default -> disk.flush();
            }
            done++;
        }
        buffer.release();
        if (--running == 0) loop.stop();
    }

    @NoCoroutineFn
    private void drop() throws Exception {
        var command = new ArrayList<>(List.of("dd", "if=" + file, "iflag=nocache", "count=0"));
        if (new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() != 0) {
            throw new IOException("dd failed: " + command);
        }
    }
}
