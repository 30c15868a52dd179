package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The power is cut while clusters are written compressed, over and over, several into one of the host's: each
 * is then what a flush had made safe, or something that was written since.
 */
class CompressedCrashSimTest {
    private static final int CLUSTER_SIZE = 1024;
    private static final int CLUSTERS = 48;
    private static final int WORKERS = 3;
    private static final long TIME_MAX_NANOS = 60_000_000;

    private static final class Writers implements PowerCut.Scene {
        private final RandomGenerator random;
        /** What a cluster may be after a crash: numbers of writes, those that a flush made sure first. */
        private final List<List<Integer>> allowed = new ArrayList<>();
        /** The last write to each that has returned. */
        private final int[] done = new int[CLUSTERS];
        private int number;
        private Qcow2Image image;

        Writers(RandomGenerator random) {
            this.random = random;
            for (int i = 0; i < CLUSTERS; i++) allowed.add(new ArrayList<>(List.of(0)));
        }

        @Override
        public void make(Path path, ThreadPool pool) throws IOException {
            new Qcow2Creation(CLUSTERS * CLUSTER_SIZE).clusterSize(CLUSTER_SIZE).create(path, pool);
            var how = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);
            image = Qcow2Image.open(path, how, pool);
        }

        @Override
        public void work(int worker) throws IOException {
            while (true) {
                if (random.nextInt(6) == 0) {
                    flush();
                    continue;
                }
                int cluster = random.nextInt(CLUSTERS / WORKERS) * WORKERS + worker;
                int mine = ++number;
                allowed.get(cluster).add(mine);
                var bytes = MemorySegment.ofArray(bytes(mine));
                long at = (long) cluster * CLUSTER_SIZE;
                if (random.nextInt(5) == 0) image.write(at, bytes); else image.writeCompressed(at, bytes);
                done[cluster] = mine;
            }
        }

        private void flush() throws IOException {
            int[] before = done.clone();
            image.flush();
            for (int i = 0; i < CLUSTERS; i++) {
                int safe = before[i];
                allowed.get(i).removeIf(each -> each < safe);
            }
        }

        @Override
        public void compare(Path path, ThreadPool pool) throws IOException {
            try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                CheckReport report = image.check();
                assertTrue(report.isSound(), report.toString());
                for (int i = 0; i < CLUSTERS; i++) {
                    MemorySegment bytes = Arena.ofAuto().allocate(CLUSTER_SIZE);
                    image.read((long) i * CLUSTER_SIZE, bytes);
                    int left = (bytes.get(ValueLayout.JAVA_BYTE, 0) & 0xff)
                            | (bytes.get(ValueLayout.JAVA_BYTE, 1) & 0xff) << 8;
                    assertTrue(allowed.get(i).contains(left), "cluster " + i + " is of write " + left
                            + ", not of " + allowed.get(i));
                    byte[] whole = left == 0 ? new byte[CLUSTER_SIZE] : bytes(left);
                    assertTrue(bytes.mismatch(MemorySegment.ofArray(whole)) < 0, "cluster " + i + " is torn");
                }
            }
        }
    }

    /** Some clusters shrink to an eighth, others to a half; each tells which write it is of. */
    private static byte[] bytes(int number) {
        byte[] bytes = new byte[CLUSTER_SIZE];
        for (int i = 0; i < CLUSTER_SIZE / (number % 2 == 0 ? 2 : 8); i++) {
            bytes[i] = (byte) (number * 31 + i * i * 7 + i / 3);
        }
        bytes[0] = (byte) number;
        bytes[1] = (byte) (number >>> 8);
        return bytes;
    }

    @SimTest(seeds = 30)
    void leavesLeaksAtWorst(Sim sim) {
        PowerCut.run(sim, TIME_MAX_NANOS, WORKERS, new Writers(sim.random()));
    }
}
