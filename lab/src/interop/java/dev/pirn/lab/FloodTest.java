package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More clients than a server has descriptors for. */
class FloodTest {
    private static final int SPARE_DESCRIPTORS = 8;

    @TempDir
    private Path dir;

    @Test
    void descriptorsRunOutAndComeBack() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), 1 << 20);
        try (var server = Transport.UNIX.serve(image)) {
            server.forgive("no client accepted"); // And must say so.
            server.useEveryLoop();
            int before = server.openFiles();
            int most = before + SPARE_DESCRIPTORS;
            Clients.run("prlimit", "--pid=" + server.pid(), "--nofile=" + most + ":" + most);
            List<SocketChannel> flood = new ArrayList<>();
            try {
                for (int i = 0; i < 4 * SPARE_DESCRIPTORS; i++) flood.add(connect(server.uri()));
                Wait.until("it has no descriptors left", () -> !server.stderr().isEmpty());
                assertTrue(server.openFiles() <= most);
            } finally {
                for (SocketChannel each : flood) each.close();
            }
            Clients.qemuIo(server.uri(), "read -P 5 0 64k");
            Wait.until("all have left", () -> server.clients() == 0);
            assertEquals(before, server.openFiles());
        }
    }

    private static SocketChannel connect(String uri) throws IOException {
        String socket = URI.create(uri).getQuery().replaceFirst(".*socket=", "");
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }
}
