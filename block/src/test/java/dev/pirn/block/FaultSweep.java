package dev.pirn.block;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.Sim;
import dev.pirn.sim.SimDisk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Runs a scenario again and again, each time with another of its file operations failing, until each has
 * failed once; then cuts the power.
 *
 * <pre>
 *   for k = 1, 2, …   make the file ──▶ open, scenario; its k-th read, write or force throws
 *                     ──▶ power cut ──▶ open again, read all      until no k-th was there any more
 * </pre>
 *
 * <p>Fails if an operation failed and nobody was told; if a read brings what was not written; if what a
 * flush, or a write with FUA, acknowledged is lost; if the disk cannot be opened again. In virtual time, so
 * that it takes some milliseconds for each k. For tests of every format: the file may be of any.
 */
public final class FaultSweep {
    /** Makes a file that is a disk of zeroes. Blocks; nothing of it fails. */
    public interface Preparation {
        void make(Path file) throws IOException;
    }

    /** Opens the disk in the file, as it is left then, too: may look at it before. Suspends. */
    public interface Opening {
        @CoroutineFn
        BlockDevice open(Path file, ThreadPool pool) throws IOException;
    }

    /** What is done to the disk. */
    public interface Scenario {
        @CoroutineFn
        void use(Ledger disk) throws IOException;
    }

    private static final int OPERATIONS_MAX = 10_000;

    private final long seed;
    private final Preparation preparation;
    private final Opening opening;
    private final Scenario scenario;

    private FaultSweep(long seed, Preparation preparation, Opening opening, Scenario scenario) {
        this.seed = seed;
        this.preparation = preparation;
        this.opening = opening;
        this.scenario = scenario;
    }

    /** Sweeps; returns how many operations failed, each once. What is wrong says seed and k. */
    public static int run(long seed, Preparation preparation, Opening opening, Scenario scenario) {
        var sweep = new FaultSweep(seed, preparation, opening, scenario);
        for (int k = 1; k <= OPERATIONS_MAX; k++) {
            try {
                if (!sweep.failed(k)) return k - 1;
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", operation " + k + " failed on purpose: "
                        + e.getMessage(), e);
            }
        }
        throw new AssertionError("a scenario of more than " + OPERATIONS_MAX + " operations");
    }

    /** One run; false if there was no k-th operation. */
    private boolean failed(int k) throws IOException {
        try (var sim = Sim.of(seed)) {
            SimDisk files = sim.disk();
            Path file = files.path("/disk");
            preparation.make(file);
            try (var folder = FileChannel.open(files.path("/"))) {
                folder.force(true);
            }
            long number = files.operations() + k;
            files.failAt(number, new IOException(file + ": Input/output error, operation " + k));
            EventLoop loop = sim.loop("loop");
            Ledger[] ledger = {null};
            boolean[] refused = {false};
            sim.run(loop, "scenario", () -> {
                try (var pool = ThreadPool.of("disk", 2);
                        BlockDevice disk = opening.open(file, pool)) {
                    ledger[0] = new Ledger(disk);
                    scenario.use(ledger[0]);
                    if (files.operations() >= number) ledger[0].read(0, (int) disk.size());
                } catch (IOException e) {
                    refused[0] = true;
                }
            });
            boolean hit = files.operations() >= number;
            boolean told = refused[0] || !ledger[0].errors().isEmpty();
            if (hit != told) throw new AssertionError(hit ? "nobody was told" : "they were told of nothing");
            if (!hit) files.failAt(Long.MAX_VALUE, new IOException("never"));
            files.crash();
            if (ledger[0] != null) ledger[0].checkStable(content(sim, loop, file));
            return hit;
        }
    }

    private MemorySegment content(Sim sim, EventLoop loop, Path file) {
        MemorySegment[] content = {null};
        sim.run(loop, "after the power cut", () -> {
            try (var pool = ThreadPool.of("disk", 2);
                    BlockDevice disk = opening.open(file, pool)) {
                content[0] = Arena.ofAuto().allocate(disk.size());
                disk.read(0, content[0]);
            }
        });
        return content[0];
    }
}
