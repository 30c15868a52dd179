package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
    @TempDir
    private Path dir;

    @Test
    void fileThatAKilledServerLeftIsRemoved() throws Failure, IOException {
        Path path = dir.resolve("s");
        listen(path).close(); // Which leaves the file.
        SocketFile.clear(path);
        assertEquals(List.of(), files());
    }

    @Test
    void socketOfALivingServerStays() throws IOException {
        Path path = dir.resolve("s");
        try (var living = listen(path)) {
            assertTrue(living.isOpen());
            assertThrows(Failure.class, () -> SocketFile.clear(path));
            assertEquals(List.of(path), files());
        }
    }

    @Test
    void nothingThereIsFine() throws Failure, IOException {
        SocketFile.clear(dir.resolve("s"));
        assertEquals(List.of(), files());
    }

    private static ServerSocketChannel listen(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    private List<Path> files() throws IOException {
        try (var all = Files.list(dir)) {
            return all.toList();
        }
    }
}
