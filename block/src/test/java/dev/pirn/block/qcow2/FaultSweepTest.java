package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.FaultSweep;
import dev.pirn.block.Ledger;
import dev.pirn.block.Loops;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each file operation of a qcow2 disk fails once, for each kind of request: who asked is told, nothing
 * acknowledged is lost, and the image has no wrong table after the power cut that follows.
 */
class FaultSweepTest {
    private static final int SIZE = 64 << 10;
    private static final int SEEDS = Boolean.getBoolean("pirn.long") ? 200 : 1;
    private static final Qcow2Options HOW = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP)
            .withL2CacheBytesMax(1);

    /** What the image is like, and what is asked of it. */
    enum Requests {
        WRITES_THAT_ALLOCATE(small()) {
            @Override
            void use(Ledger disk) {
                disk.write(0, 4096, false);
                disk.write(30_208, 512, false);
                disk.flush();
                disk.write(8192, 512, true);
                disk.read(0, SIZE);
            }
        },
        WRITES_IN_PLACE(small()) {
            @Override
            void use(Ledger disk) {
                disk.write(0, 2048, true);
                disk.write(512, 1024, false);
                disk.flush();
                disk.write(512, 512, true);
                disk.read(0, SIZE);
            }
        },
        REFCOUNTS_THAT_GROW(new Qcow2Creation(SIZE).clusterSize(512).refcountBits(64)) {
            @Override
            void use(Ledger disk) {
                for (int i = 0; i < 8; i++) disk.write(i * 8192, 4096, false);
                disk.flush();
                disk.write(4096, 4096, true);
            }
        },
        ZEROES(small()) {
            @Override
            void use(Ledger disk) {
                disk.write(0, 16_384, true);
                disk.writeZeroes(1024, 2048, true, false);
                disk.writeZeroes(4096, 4096, false, true);
                disk.write(4608, 512, false);
                disk.flush();
                disk.writeZeroes(8192 + 512, 4096, true, false);
                disk.write(8192, 8192, true);
            }
        },
        DISCARDS(small()) {
            @Override
            void use(Ledger disk) {
                disk.write(0, 16_384, true);
                disk.discard(2048, 8192);
                disk.flush();
                disk.write(4096, 4096, false);
                disk.discard(0, 4096);
                disk.flush();
                disk.write(16_384, 4096, true);
            }
        },
        SUBCLUSTERS(new Qcow2Creation(SIZE).clusterSize(16 << 10).extendedL2(true)) {
            @Override
            void use(Ledger disk) {
                disk.write(512, 1024, false);
                disk.write(17_408, 512, true);
                disk.writeZeroes(512, 512, true, false);
                disk.flush();
                disk.write(0, 512, true);
            }
        },
        VERSION_2(small().version(2)) {
            @Override
            void use(Ledger disk) {
                disk.write(0, 4096, false);
                disk.writeZeroes(1024, 2048, true, true);
                disk.write(30_208, 512, true);
            }
        };

        final Qcow2Creation creation;

        Requests(Qcow2Creation creation) {
            this.creation = creation;
        }

        @CoroutineFn
        abstract void use(Ledger disk);

        private static Qcow2Creation small() {
            return new Qcow2Creation(SIZE).clusterSize(2048);
        }
    }

    private static byte[] image(Qcow2Creation creation) throws Exception {
        var file = new MemoryFile(new byte[0]);
        Loops.run(() -> creation.create(file));
        return file.content();
    }

    private static void make(Path path, byte[] bytes) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), 0);
            channel.force(true);
        }
    }

    @CoroutineFn
    private static BlockDevice open(Path path, ThreadPool pool) throws IOException {
        CheckReport report = Qcow2Check.check(path, pool);
        assertTrue(report.isSound(), report.toString());
        return BlockDevice.of("image", Qcow2Image.open(path, HOW, pool), false);
    }

    @ParameterizedTest
    @EnumSource
    void nothingAcknowledgedIsLost(Requests requests) throws Exception {
        byte[] empty = image(requests.creation);
        for (int seed = 0; seed < SEEDS; seed++) {
            int operations = FaultSweep.run(seed, path -> make(path, empty), FaultSweepTest::open,
                    requests::use);
            assertTrue(operations > 10, operations + " operations");
        }
    }

    /** Whatever of a repair fails, and whatever a power cut leaves of it: the next one repairs all. */
    @Test
    void aRepairThatFailsIsRepaired() throws Exception {
        byte[] bytes = damaged();
        int k = 1;
        while (repairFailed(k, bytes)) k++;
        assertTrue(k > 30, k + " operations");
    }

    private static byte[] damaged() throws Exception {
        var file = new MemoryFile(new byte[0]);
        try (var pool = ThreadPool.of("disk", 1)) {
            Loops.run(() -> {
                new Qcow2Creation(SIZE).clusterSize(512).create(file);
                Qcow2Image disk = Qcow2Image.open(file, Path.of("."), HOW, pool);
                disk.write(0, Arena.ofAuto().allocate(SIZE / 2).fill((byte) 1));
                disk.flush();
                CheckedFile image = CheckedFile.open(file);
                long l1 = image.header().l1Offset();
                long l2 = image.words(l1, 1)[0] & L2Entry.HOST_MASK;
                image.set(l2, image.words(l2 + 8, 1)); // Two for one, and one for nobody.
                image.set(l2 + 16, 1L << 40);
                image.set(image.header().refcountTableOffset() + 8, 77);
                image.set(l1 + 8 * image.header().l1Entries() - 8, l1 | L2Entry.COPIED);
            });
        }
        return file.content();
    }

    private boolean repairFailed(int k, byte[] bytes) throws IOException {
        try (var sim = Sim.of(k)) {
            Path path = sim.disk().path("/image");
            make(path, bytes);
            try (var folder = FileChannel.open(sim.disk().path("/"))) {
                folder.force(true);
            }
            EventLoop loop = sim.loop("loop");
            long number = sim.disk().operations() + k;
            sim.disk().failAt(number, new IOException(path + ": Input/output error"));
            boolean[] failed = {false};
            sim.run(loop, "repair", () -> {
                try (var pool = ThreadPool.of("disk", 2)) {
                    Qcow2Check.repair(path, Repair.ALL, pool);
                } catch (IOException e) {
                    failed[0] = true;
                }
            });
            boolean hit = sim.disk().operations() >= number;
            assertTrue(hit == failed[0], "operation " + k + (hit ? ": nobody was told" : ""));
            if (!hit) sim.disk().failAt(Long.MAX_VALUE, new IOException("never"));
            sim.disk().crash();
            sim.run(loop, "repair again", () -> {
                try (var pool = ThreadPool.of("disk", 2)) {
                    CheckReport report = Qcow2Check.repair(path, Repair.ALL, pool);
                    assertTrue(report.isClean(), "operation " + k + ": " + report);
                }
            });
            return hit;
        }
    }
}
