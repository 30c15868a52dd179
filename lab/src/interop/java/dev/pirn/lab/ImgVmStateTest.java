package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Snapshots that have a machine's state, behind the disk. The image was made by QEMU 7.2: 100 KiB of ones,
 * {@code savevm one} of a machine without anything, 50 KiB of twos, {@code qemu-img snapshot -c two}.
 */
class ImgVmStateTest {
    private static final Path SAVED = Path.of("src/interop/vm/saved.gz");

    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void unpack() throws IOException {
        image = dir.resolve("disk");
        try (var in = new GZIPInputStream(Files.newInputStream(SAVED))) {
            Files.copy(in, image);
        }
    }

    private void snapshot(String... deed) throws Exception {
        var all = List.of("snapshot", deed[0], deed[1], image.toString());
        Pirn.succeed(all.toArray(String[]::new));
        Clients.run("qemu-img", "check", image.toString()); // Fails for leaks too.
    }

    private long clusters() {
        return Pirn.json(Pirn.succeed("check", "--output=json", image.toString()))
                .get("allocated-clusters").asLong();
    }

    @Test
    void listedWithItsSize() throws Exception {
        Pirn.assertSame("snapshot", "-l", image.toString());
        assertTrue(Pirn.succeed("snapshot", "-l", image.toString()).contains("36.8 KiB"));
    }

    @Test
    void appliedWithoutTheState() throws Exception {
        snapshot("-a", "one");
        Images.write(image, "read -P 1 0 100k");
        assertEquals(25, clusters());
        snapshot("-a", "two");
        Images.write(image, "read -P 2 0 50k", "read -P 1 52k 48k");
    }

    /** By QEMU the disk in use has the state too, and a snapshot of it would. */
    @Test
    void madeAfterQemuAppliedIt() throws Exception {
        Clients.run("qemu-img", "snapshot", "-a", "one", image.toString());
        assertEquals(25 + 10, clusters());
        snapshot("-c", "three");
        assertEquals(25, clusters());
        snapshot("-d", "one");
        Clients.run("qemu-img", "snapshot", "-a", "three", image.toString());
        Images.write(image, "read -P 1 0 100k");
        assertEquals(25, clusters());
        snapshot("-d", "three");
        snapshot("-d", "two");
        assertEquals("", Pirn.succeed("snapshot", "-l", image.toString()));
    }

    @Test
    void deletedWithTheState() throws Exception {
        snapshot("-d", "one");
        assertFalse(Pirn.succeed("snapshot", "-l", image.toString()).contains("one"));
        Images.write(image, "read -P 2 0 50k", "read -P 1 52k 48k");
    }

    static Stream<String> machines() {
        return Stream.of("qemu-system-x86_64").filter(_ -> Boolean.getBoolean("pirn.long"));
    }

    /** QEMU goes on from the state, after all that we did to the image. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("machines")
    void stateThatQemuLoads(String machine) throws Exception {
        snapshot("-c", "three");
        snapshot("-a", "two");
        snapshot("-d", "three");
        Pirn.succeed("amend", "-o", "refcount_bits=8", image.toString());
        var command = List.of(machine, "-M", "none", "-nodefaults", "-display", "none",
                "-monitor", "stdio", "-m", "16", "-drive", "if=none,format=qcow2,file=" + image);
        try (var qemu = Run.start(command).input("loadvm one\nsavevm four\nquit\n")) {
            String out = qemu.succeed();
            assertFalse(out.contains("Error"), out);
        }
        Pirn.assertSame("snapshot", "-l", image.toString());
        Images.write(image, "read -P 1 0 100k");
        snapshot("-d", "four");
    }
}
