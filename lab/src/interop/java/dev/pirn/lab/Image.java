package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Files that are disks. */
final class Image {
    private static final long SEED = 20110322;

    private Image() { }

    /** Makes one of bytes that look random, the same each time, with a hole in the middle. */
    static Path make(Path path, int size) throws IOException {
        byte[] bytes = new byte[size];
        new SplittableRandom(SEED).nextBytes(bytes);
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            int third = size / 3;
            file.write(bytes, 0, third);
            file.seek(size - third);
            file.write(bytes, size - third, third);
            file.setLength(size);
        }
        return path;
    }

    /** Makes one that is a hole. */
    static Path makeEmpty(Path path, long size) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    static void assertSame(Path expected, Path actual) throws IOException {
        assertEquals(-1, Files.mismatch(expected, actual),
                () -> "first byte of " + actual + " that is not " + expected + "'s");
    }
}
