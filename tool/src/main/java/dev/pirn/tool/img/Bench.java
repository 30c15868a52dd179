package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: how long many requests of one kind take. */
@Command(name = "bench", sortOptions = false, description = "Time reads, or writes, of an image's disk.")
final class Bench implements Callable<Integer> {
    private static final int DEPTH_MAX = 4096;

    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-c", paramLabel = "COUNT", defaultValue = "75000",
            description = "Requests (${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "-d", paramLabel = "DEPTH", defaultValue = "64",
            description = "Requests in flight (${DEFAULT-VALUE}).")
    private int depth;

    @Option(names = "-s", paramLabel = "SIZE", converter = Sizes.class, defaultValue = "4096",
            description = "Of a request (${DEFAULT-VALUE}).")
    private long size;

    @Option(names = "-S", paramLabel = "SIZE", converter = Sizes.class, defaultValue = "0",
            description = "From one request to the next; the requests' size if 0.")
    private long step;

    @Option(names = "-o", paramLabel = "OFFSET", converter = Sizes.class, defaultValue = "0",
            description = "Of the first request (${DEFAULT-VALUE}).")
    private long offset;

    @Option(names = "-w", description = "Write; what is there is lost.")
    private boolean write;

    @Option(names = "--pattern", paramLabel = "BYTE", defaultValue = "0",
            description = "What is written (${DEFAULT-VALUE}).")
    private int pattern;

    @Option(names = "--flush-interval", paramLabel = "N", defaultValue = "0",
            description = "Flush after so many writes; 0 for never (${DEFAULT-VALUE}).")
    private int flushInterval;

    @Option(names = "--no-drain", description = "Do not wait for the writes in flight before a flush.")
    private boolean noDrain;

    @Option(names = "-n", description = "Accepted.")
    private boolean nativeAio;

    @Option(names = "-i", paramLabel = "AIO", description = "Accepted.")
    private String aio;

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to use it: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private int issued;
    private int finished;

    private Bench() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        checkUsage();
        return Work.run(this::bench);
    }

    private void checkUsage() {
        if (count < 1) throw common.misuse("-c is at least 1: " + count);
        if (depth < 1 || depth > DEPTH_MAX) {
            throw common.misuse("-d is from 1 to " + DEPTH_MAX + ": " + depth);
        }
        if (size < 1 || size > BlockDevice.REQUEST_SIZE_MAX) {
            throw common.misuse("-s is from 1 to " + BlockDevice.REQUEST_SIZE_MAX + ": " + size);
        }
        if (pattern < 0 || pattern > 0xff) throw common.misuse("--pattern is from 0 to 255: " + pattern);
        if (flushInterval < 0) throw common.misuse("--flush-interval is at least 0: " + flushInterval);
        if (!write && flushInterval > 0) throw common.misuse("--flush-interval needs -w: not given");
        if (flushInterval == 0 && noDrain) {
            throw common.misuse("--no-drain needs --flush-interval: not given");
        }
        if (write && trust.shared()) throw common.misuse("-U and -w exclude each other: -U is for reading");
    }

    @CoroutineFn
    private Integer bench(Work work) throws Failure, IOException {
        var how = (write ? OpenHow.toWrite(format, trust) : OpenHow.toRead(format, trust)).by(cache);
        BlockDevice disk = work.open(file, how).device();
        long stride = step == 0 ? size : step;
        if (disk.size() < size) throw Failure.of("smaller than one request", disk + ", " + size);
        if (offset > disk.size() - size) {
            throw Failure.of("the first request ends behind the disk",
                    "%s, [%d, +%d) of %d".formatted(disk, offset, size, disk.size()));
        }
        announce(stride);
        long startNanos = System.nanoTime();
        try (var arena = Arena.ofShared()) {
            // One memory for all, as the bytes are nobody's.
            MemorySegment bytes = arena.allocate(size, 4096).fill((byte) pattern);
            var workers = new ArrayList<Task.Body<Void, IOException>>();
            for (int i = 0; i < Math.min(depth, count); i++) workers.add(() -> send(disk, bytes, stride));
            Group.all("bench", workers);
        }
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        common.tell(String.format(Locale.ROOT, "Run completed in %.3f seconds.", seconds));
        return Main.OK;
    }

    private void announce(long stride) {
        common.tell(("Sending %d %s requests, %d bytes each, %d in parallel (starting at offset %d, "
                + "step size %d)").formatted(count, write ? "write" : "read", size, depth, offset, stride));
        if (flushInterval > 0) {
            common.tell("Sending flush every %d %srequests"
                    .formatted(flushInterval, noDrain ? "" : "drained "));
        }
    }

    @CoroutineFn
    private Void send(BlockDevice disk, MemorySegment bytes, long stride) throws IOException {
        while (issued < count) {
            int number = issued++;
            // Begins anew at the end of the disk, so that each request fits.
            long at = (long) ((offset + (double) number * stride) % Math.max(1, disk.size() - size + 1));
            if (write) disk.write(at, bytes, false);
            else disk.read(at, bytes);
            finished++;
            if (flushInterval > 0 && finished % flushInterval == 0) disk.flush();
        }
        return null;
    }
}
