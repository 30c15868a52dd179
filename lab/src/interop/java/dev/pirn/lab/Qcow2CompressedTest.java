package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.qcow2.Qcow2Creation;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compressed clusters that we write are read by qemu-img, whose decoder looks back 4 KiB at most. */
class Qcow2CompressedTest {
    private static final int SIZE = 3 << 20;

    @TempDir
    private Path dir;

    private static void inLoop(CoroutineEntry body) throws Exception {
        try (var loop = EventLoop.open("test")) {
            loop.run("test", () -> {
                body.run();
                return null;
            });
        }
    }

    /** Text, repeated at distances of up to 64 KiB; and what cannot be compressed. */
    private static byte[] disk() {
        var random = new Random(3);
        byte[] bytes = new byte[SIZE];
        for (int at = 0; at < SIZE / 2; at++) bytes[at] = (byte) ('a' + random.nextInt(8));
        for (int i = 0; i < 4000; i++) {
            int from = random.nextInt(SIZE / 2 - 65_536);
            System.arraycopy(bytes, from, bytes, from + 200 + random.nextInt(65_000), 200);
        }
        byte[] noise = new byte[SIZE / 4];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, SIZE / 2, noise.length);
        return bytes;
    }

    @CoroutineFn
    private static Void write(Qcow2Image image, byte[] disk, int first) throws IOException {
        int size = image.header().clusterSize();
        for (int at = first; at < SIZE; at += 4 * size) {
            var cluster = MemorySegment.ofArray(disk).asSlice(at, Math.min(size, SIZE - at));
            image.writeCompressed(at, cluster);
        }
        return null;
    }

    @ParameterizedTest
    @CsvSource({"512, false", "4096, true", "65536, false", "65536, true", "2097152, false"})
    void readByQemu(int clusterSize, boolean zstd) throws Exception {
        byte[] disk = disk();
        Path raw = Files.write(dir.resolve("disk.img"), disk);
        String image = dir.resolve("image.qcow2").toString();
        try (var pool = ThreadPool.of("disk", 2)) {
            inLoop(() -> {
                new Qcow2Creation(SIZE).clusterSize(clusterSize).zstd(zstd).create(Path.of(image), pool);
                try (var opened = Qcow2Image.open(Path.of(image), Qcow2Options.DEFAULT, pool)) {
                    Group.<Void, IOException>run("every fourth", group -> {
                        for (int i = 0; i < 4; i++) {
                            int first = i * clusterSize;
                            group.start("from " + first, () -> write(opened, disk, first));
                        }
                        return null;
                    });
                    opened.flush();
                }
            });
        }
        Clients.run("qemu-img", "check", "-f", "qcow2", image);
        String same = Clients.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw.toString(), image);
        assertTrue(same.contains("Images are identical."), same);
    }
}
