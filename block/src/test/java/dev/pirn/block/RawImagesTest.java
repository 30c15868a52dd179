package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RawImagesTest {
    private static final int SIZE = 3 << 20;

    @TempDir
    private Path dir;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "METADATA")
    void createdReadsAsZeroes(Preallocation how) throws IOException {
        Path path = Files.write(dir.resolve("disk.img"), new byte[] {1, 2, 3});
        RawImages.create(path, SIZE, how);
        assertArrayEquals(new byte[SIZE], Files.readAllBytes(path));
    }

    @Test
    void createdStoresNothing() throws IOException {
        Path path = dir.resolve("disk.img");
        RawImages.create(path, SIZE, Preallocation.OFF);
        assertEquals(0, RawImages.stored(path));
    }

    @ParameterizedTest
    @EnumSource(names = {"FALLOC", "FULL"})
    void preallocatedIsStored(Preallocation how) throws IOException {
        Path path = dir.resolve("disk.img");
        RawImages.create(path, SIZE, how);
        assertTrue(RawImages.stored(path) >= SIZE, () -> how + " stores too little");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "METADATA")
    void longerKeepsWhatWasThere(Preallocation how) throws IOException {
        Path path = Files.write(dir.resolve("disk.img"), new byte[] {1, 2, 3});
        RawImages.resize(path, 5, how);
        assertArrayEquals(new byte[] {1, 2, 3, 0, 0}, Files.readAllBytes(path));
    }

    @Test
    void shorterLosesTheEnd() throws IOException {
        Path path = Files.write(dir.resolve("disk.img"), new byte[] {1, 2, 3});
        RawImages.resize(path, 2, Preallocation.OFF);
        assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(path));
    }

    @Test
    void resizeOfAMissingFileMakesNone() {
        Path path = dir.resolve("none");
        assertThrows(NoSuchFileException.class, () -> RawImages.resize(path, 2, Preallocation.OFF));
        assertTrue(Files.notExists(path));
    }

    @Test
    void metadataOfARawImage() {
        Path path = dir.resolve("disk.img");
        assertThrows(IllegalArgumentException.class,
                () -> RawImages.create(path, 2, Preallocation.METADATA));
    }
}
