package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.FuzzWorld.READ;
import static dev.pirn.block.qcow2.FuzzWorld.SIZE;
import static dev.pirn.block.qcow2.FuzzWorld.WRITE;
import static dev.pirn.block.qcow2.FuzzWorld.small;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Preallocation;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
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
        FuzzWorld.with(Damages.of(input, images), (path, pool) -> {
            readAll(path, pool);
            if (FuzzWorld.check(path, pool) != null && FuzzWorld.repaired(path, pool)) write(path, pool);
        });
    }

    /** With a snapshot, where there can be one, compressed clusters and others. */
    private static byte[] image(Qcow2Creation creation) {
        return FuzzWorld.made((path, pool) -> {
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
        });
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

    @CoroutineFn
    private static void write(Path path, ThreadPool pool) throws IOException {
        var image = Qcow2Image.open(path, WRITE, pool);
        try (var disk = BlockDevice.of("image", image, false)) {
            int length = (int) Math.min(disk.size(), 32 << 10);
            if (length == 0 || image.backingName() != null || image.header().hasDataFile()) return;
            disk.writeZeroes(0, length, true, false);
            disk.write(0, Arena.ofAuto().allocate(length / 2).fill((byte) 4), true);
        }
        FuzzWorld.requireHarmless("after a repair and a write", path, pool);
    }
}
