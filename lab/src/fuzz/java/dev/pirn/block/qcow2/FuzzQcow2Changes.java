package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.FuzzWorld.READ;
import static dev.pirn.block.qcow2.FuzzWorld.SIZE;
import static dev.pirn.block.qcow2.FuzzWorld.WRITE;
import static dev.pirn.block.qcow2.FuzzWorld.small;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Where Jazzer begins: lab/fuzz Qcow2Changes. An input is what is done to an image with bitmaps and
 * snapshots, and how that is damaged before: what a check does not mind must bear all of it.
 *
 * <pre>
 *   bytes:  │ kind │ how many │ operation │ operation │ … │ Damages
 *   image ──▶ list, read ──▶ check ──not sound──▶ repair ──▶ operations ──▶ check: sound
 * </pre>
 */
public final class FuzzQcow2Changes {
    private static final int OPERATIONS_MAX = 6;
    private static List<byte[]> images;

    private FuzzQcow2Changes() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (images == null) {
            images = List.of(image(small().clusterSize(1024)),
                    image(small().clusterSize(4096).refcountBits(4)),
                    image(new Qcow2Creation(SIZE).clusterSize(16 << 10).extendedL2(true)));
        }
        if (input.length < 2) return;
        int count = Math.min(input[1] & 0xff, OPERATIONS_MAX) % (input.length - 1);
        byte[] operations = Arrays.copyOfRange(input, 2, 2 + count);
        byte[] damages = Arrays.copyOfRange(input, 1 + count, input.length);
        damages[0] = input[0];
        FuzzWorld.with(Damages.withBitmaps(damages, images), (path, pool) -> {
            readAll(path, pool);
            CheckReport found = FuzzWorld.check(path, pool);
            if (found == null || !found.isSound() && !FuzzWorld.repaired(path, pool)) return;
            change(path, pool, operations);
            FuzzWorld.requireHarmless("after " + Arrays.toString(operations), path, pool);
        });
    }

    private static MemorySegment filled(long length) {
        return Arena.ofAuto().allocate(length).fill((byte) 5);
    }

    private static byte[] image(Qcow2Creation creation) {
        return FuzzWorld.made((path, pool) -> {
            creation.create(path, pool);
            try (var disk = Qcow2Image.open(path, WRITE, pool)) {
                disk.bitmaps().add("one", 512, true);
                disk.write(0, filled(20_000));
                disk.snapshots().create("one", Instant.EPOCH);
                disk.bitmaps().add("two", 4096, false);
                disk.write(10_000, filled(20_000));
                disk.snapshots().create("two", Instant.EPOCH);
                disk.write(SIZE / 2, filled(5000));
            }
        });
    }

    @CoroutineFn
    private static void readAll(Path path, ThreadPool pool) {
        try (var disk = Qcow2Image.open(path, READ, pool)) {
            for (Bitmap each : disk.bitmaps().list()) {
                if (each.isUsable()) disk.bitmaps().view(each.name()).runs(0, disk.size(), 1000);
            }
        } catch (IOException e) {
            // As it should be: and of the snapshots there may be more to read.
        }
        for (String each : List.of("one", "2")) {
            try (var then = Qcow2Image.openSnapshot(path, each, READ, pool)) {
                then.read(0, Arena.ofAuto().allocate(Math.min(then.size(), 64 << 10)));
            } catch (IOException e) {
                continue; // As it should be.
            }
        }
    }

    @CoroutineFn
    private static void change(Path path, ThreadPool pool, byte[] operations) {
        try (var disk = Qcow2Image.open(path, WRITE, pool)) {
            if (disk.backingName() != null || disk.header().hasDataFile()) return;
            if (disk.size() == 0 || disk.size() > 64L * SIZE) return;
            for (byte each : operations) operate(disk, each & 0xff);
        } catch (IOException e) {
            return; // As it should be.
        }
    }

    @CoroutineFn
    private static void operate(Qcow2Image disk, int operation) throws IOException {
        long length = Math.min(disk.size(), 16 << 10);
        String name = (operation & 16) == 0 ? "one" : "two";
        switch (operation % 16) {
            case 0 -> disk.write(0, filled(length));
            case 1 -> disk.writeZeroes(0, length, true);
            case 2 -> disk.discard(0, length);
            case 3 -> disk.snapshots().create("more", Instant.EPOCH);
            case 4 -> disk.snapshots().apply(find(disk, name));
            case 5 -> disk.snapshots().delete(find(disk, name));
            case 6 -> disk.bitmaps().add("more", 1024, true);
            case 7 -> disk.bitmaps().clear(name);
            case 8 -> disk.bitmaps().remove(name);
            case 9 -> disk.bitmaps().setAuto(name, (operation & 32) == 0);
            case 10 -> disk.bitmaps().merge(name, disk.bitmaps(), "one");
            case 11 -> disk.finish();
            case 12 -> disk.resize((disk.size() / 512 + 600) * 512);
            case 13 -> disk.resize(Math.max(1, disk.size() / 1024) * 512);
            case 14 -> disk.writeCompressed(0, filled(Math.min(disk.size(), disk.header().clusterSize())));
            default -> disk.flush();
        }
    }

    @CoroutineFn
    private static Snapshot find(Qcow2Image disk, String name) throws IOException {
        Snapshot found = disk.snapshots().find(name);
        if (found == null) throw new IOException("there is none");
        return found;
    }
}
