package dev.pirn.block.qcow2;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.Preallocation;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;

/**
 * Where Jazzer begins: lab/fuzz Qcow2. An input is a kind of image, and changes of its header and tables.
 *
 * <pre>
 *   bytes ──▶ Damages ──▶ image ──▶ open, read      throws IOException at most, after so many operations
 *                               ──▶ check           the same
 *                               ──▶ repair          then it is clean, and stays so, or says why not
 * </pre>
 */
public final class FuzzQcow2 {
    private static final int SIZE = 1 << 20;
    private static final int OPERATIONS_MAX = 100_000;
    private static final Qcow2Options READ = Qcow2Options.DEFAULT.asReadOnly().withFollow(Follow.NOTHING);
    private static final Qcow2Options WRITE =
            Qcow2Options.DEFAULT.withFollow(Follow.NOTHING).withDiscard(Discard.UNMAP);
    /** Made when first asked for: in the class's initializer, pool threads would wait for its end. */
    private static List<byte[]> images;

    private FuzzQcow2() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (images == null) {
            images = List.of(image(small()), image(small().refcountBits(64)), image(small().version(2)),
                    image(small().refcountBits(1)),
                    image(new Qcow2Creation(SIZE).clusterSize(16 << 10).extendedL2(true)),
                    image(small().preallocate(Preallocation.METADATA)));
        }
        byte[] image = Damages.of(input, images);
        inWorld((sim, path, pool) -> {
            Files.write(path, image, StandardOpenOption.CREATE_NEW);
            readAll(path, pool);
            repair(path, pool, check(path, pool));
            if (sim.disk().operations() > OPERATIONS_MAX) {
                throw new AssertionError(sim.disk().operations() + " operations");
            }
        });
    }

    private static Qcow2Creation small() {
        return new Qcow2Creation(SIZE).clusterSize(512);
    }

    /** What is done in a world of its own. */
    private interface Deed {
        @CoroutineFn
        void run(Sim sim, Path path, ThreadPool pool) throws IOException;
    }

    private static void inWorld(Deed deed) {
        try (var sim = Sim.of(1)) {
            EventLoop loop = sim.loop("loop");
            sim.run(loop, "fuzz", () -> {
                try (var pool = ThreadPool.of("disk", 1)) {
                    deed.run(sim, sim.disk().path("/image"), pool);
                }
            });
        }
    }

    /** With a snapshot, where there can be one, compressed clusters and others. */
    private static byte[] image(Qcow2Creation creation) {
        var made = new byte[1][];
        inWorld((_, path, pool) -> {
            creation.create(path, pool);
            try (var disk = Qcow2Image.open(path, WRITE, pool)) {
                disk.write(0, Arena.ofAuto().allocate(20_000).fill((byte) 1));
                long cluster = disk.header().clusterSize();
                for (long at = 65_536; at < 65_536 + 8 * cluster; at += cluster) {
                    disk.writeCompressed(at, Arena.ofAuto().allocate(cluster).fill((byte) 2));
                }
                disk.flush();
                if (disk.header().refcountBits() > 1) disk.snapshots().create("before", Instant.EPOCH);
                disk.writeZeroes(4096, 4096, false);
                disk.write(512 << 10, Arena.ofAuto().allocate(5000).fill((byte) 3));
                disk.flush();
            }
            made[0] = content(path);
        });
        return made[0];
    }

    private static byte[] content(Path path) throws IOException {
        try (var file = FileChannel.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) continue;
            return bytes.array();
        }
    }

    @CoroutineFn
    private static void readAll(Path path, ThreadPool pool) {
        try (var disk = Qcow2Image.open(path, READ, pool)) {
            long length = Math.min(disk.size(), SIZE);
            for (long at = 0; at < length; at += 16 << 10) {
                try {
                    disk.read(at, Arena.ofAuto().allocate(Math.min(16 << 10, length - at)));
                } catch (IOException e) {
                    continue; // As it should be; the next may be there.
                }
            }
            if (length > 0) disk.extents(0, length, 1000);
        } catch (IOException e) {
            return; // As it should be.
        }
    }

    /** Null if it cannot be checked. */
    @CoroutineFn
    private static CheckReport check(Path path, ThreadPool pool) {
        try {
            return Qcow2Check.check(path, pool);
        } catch (IOException e) {
            return null;
        }
    }

    @CoroutineFn
    private static void repair(Path path, ThreadPool pool, CheckReport found) throws IOException {
        if (found == null) return;
        CheckReport left = Qcow2Check.repair(path, Repair.ALL, pool);
        if (!left.isClean()) {
            String why = left.messages().getLast();
            if (!why.contains("more than its refcount can hold")) throw new AssertionError(left.toString());
            return;
        }
        var image = Qcow2Image.open(path, WRITE, pool);
        try (var disk = BlockDevice.of("image", image, false)) {
            int length = (int) Math.min(disk.size(), 32 << 10);
            if (length == 0 || image.backingName() != null || image.header().hasDataFile()) return;
            disk.writeZeroes(0, length, true, false);
            disk.write(0, Arena.ofAuto().allocate(length / 2).fill((byte) 4), true);
        }
        CheckReport after = Qcow2Check.check(path, pool);
        if (!after.messages().stream().allMatch(FuzzQcow2::isHarmless)) {
            throw new AssertionError("after a repair and a write: " + after + ", " + left);
        }
    }

    /** Two entries shared a cluster, and one has left: the other copies once more than it would have to. */
    private static boolean isHarmless(String message) {
        return message.contains(": not marked as its own, but cluster ")
                && message.endsWith(" is counted 1 times");
    }
}
