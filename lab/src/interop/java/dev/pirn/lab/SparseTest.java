package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holes, as clients see them. */
class SparseTest {
    private static final int SIZE = 3 << 20;

    @TempDir
    private Path dir;

    @Test
    void nbdinfoMapsTheHoles() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var server = Transport.UNIX.serve(image)) {
            String map = Clients.run("nbdinfo", "--map", server.uri()).replaceAll(" +", " ");
            assertEquals(" 0 1048576 0 data\n 1048576 1048576 3 hole,zero\n 2097152 1048576 0 data\n", map);
            assertTrue(Clients.run("nbdinfo", server.uri()).contains("base:allocation"));
        }
    }

    @Test
    void qemuImgMapsTheHoles() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var server = Transport.UNIX.serve(image)) {
            String map = Clients.run("qemu-img", "map", "-f", "raw", "--output=json", server.uri());
            assertEquals(3, map.lines().count(), map);
            assertTrue(map.contains("\"start\": 1048576, \"length\": 1048576"), map);
            assertEquals(1, map.split("\"zero\": true").length - 1, map);
        }
    }

    @Test
    void copiesHaveTheSameBytes() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE + 1000);
        try (var server = Transport.UNIX.serve(image)) {
            for (String flag : new String[] {"--requests=1", "--request-size=1048576", "--no-extents"}) {
                Path copy = dir.resolve("copy " + flag);
                Clients.run("nbdcopy", flag, server.uri(), copy.toString());
                Image.assertSame(image, copy);
            }
            Path converted = dir.resolve("converted");
            Clients.run("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(), converted.toString());
            Clients.run("qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(),
                    converted.toString());
        }
    }
}
