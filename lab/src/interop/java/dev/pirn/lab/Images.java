package dev.pirn.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Images of all kinds, made by qemu-img or by hand, for tests of {@code img}. */
final class Images {
    private Images() { }

    /** A raw image of bytes that look random, in some places; the same for the same seed. */
    static Path sparse(Path path, long size, int places, long seed) throws IOException {
        var random = new SplittableRandom(seed);
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            for (int i = 0; i < places; i++) {
                byte[] bytes = new byte[1 + random.nextInt(100_000)];
                random.nextBytes(bytes);
                long at = random.nextLong(size);
                file.seek(at);
                file.write(bytes, 0, (int) Math.min(bytes.length, size - at));
            }
        }
        return path;
    }

    /** Makes a qcow2 image by {@code qemu-img create}; the options end before the file and its size. */
    static Path qcow2(Path path, String size, String... options) throws InterruptedException {
        var all = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
        all.addAll(List.of(options));
        all.add(path.toString());
        if (size != null) all.add(size);
        Clients.run("qemu-img", all.toArray(String[]::new));
        return path;
    }

    /** Writes by qemu-io's commands into a qcow2 image. */
    static void write(Path path, String... commands) throws InterruptedException {
        var all = new ArrayList<>(List.of("-f", "qcow2"));
        for (String each : commands) all.addAll(List.of("-c", each));
        all.add(path.toString());
        Clients.run("qemu-io", all.toArray(String[]::new));
    }

    /** Adds a bitmap, and leaves it in use, and all others: whoever noted writes in them died. */
    static void abandonBitmap(Path path, String name) throws InterruptedException {
        Clients.run("qemu-img", "bitmap", "--add", "-g", "64k", path.toString(), name);
        try (var io = Clients.start("qemu-io", "-f", "qcow2", "-c", "write 0 1k", "-c", "abort",
                path.toString())) {
            io.finish();
        }
    }
}
