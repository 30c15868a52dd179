package dev.pirn.block.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A temporary folder in memory, where the system has such a place: for tests that flush much, and not about
 * the disk: thirty-six damaged bitmap directories took 24 s on a disk.
 */
final class InMemory implements TempDirFactory {
    private static final Path MEMORY = Path.of("/dev/shm");

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
            throws IOException {
        return folder();
    }

    /** A new one; whoever asked for it deletes it. */
    static Path folder() throws IOException {
        return Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "pirn-test")
                : Files.createTempDirectory("pirn-test");
    }
}
