package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ImageLockTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws IOException {
        image = Files.write(dir.resolve("disk.img"), new byte[1]);
    }

    @Test
    void readersOfOneImage() throws IOException {
        try (var _ = ImageLock.ofReader(image); var _ = ImageLock.ofReader(image)) {
            ImageLock.ofRawReader(image).close();
        }
    }

    @Test
    void writerBesideAReader() throws IOException {
        try (var _ = ImageLock.ofReader(image)) {
            assertInUse("this process does not allow writing by others", () -> ImageLock.ofWriter(image));
        }
        ImageLock.ofWriter(image).close();
    }

    @Test
    void readerBesideAWriter() throws IOException {
        try (var _ = ImageLock.ofWriter(image)) {
            assertInUse("this process writes to it", () -> ImageLock.ofReader(image));
        }
        ImageLock.ofReader(image).close();
    }

    @Test
    void twoWritersOfARawImage() throws IOException {
        try (var _ = ImageLock.ofRawWriter(image)) {
            assertInUse("this process does not allow writing by others", () -> ImageLock.ofRawWriter(image));
            ImageLock.ofRawReader(image).close();
        }
    }

    /** What failed must not keep the locks that it had by then. */
    @Test
    void attemptThatFailedHoldsNothing() throws IOException {
        try (var _ = ImageLock.ofReader(image)) {
            assertThrows(ImageInUseException.class, () -> ImageLock.ofWriter(image));
            ImageLock.ofReader(image).close();
        }
    }

    @Test
    void missingFile() {
        assertThrows(NoSuchFileException.class, () -> ImageLock.ofReader(dir.resolve("none")));
    }

    private void assertInUse(String who, Executable attempt) {
        var e = assertThrows(ImageInUseException.class, attempt);
        assertEquals(image + ": " + who, e.getMessage());
    }
}
