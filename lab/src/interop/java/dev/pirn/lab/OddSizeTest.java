package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Disks whose size is no multiple of 512. QEMU counts in sectors and sees the last one filled up with zeroes;
 * what it reads there, probing or not, hung or failed as long as we had simple replies alone.
 */
class OddSizeTest {
    @TempDir
    private Path dir;

    static Stream<Arguments> disks() {
        return Stream.of(Transport.values()).flatMap(transport -> IntStream
                .of(1, 511, 513, (1 << 20) + 1).mapToObj(size -> Arguments.of(transport, size)));
    }

    private Path image(int size) throws Exception {
        return Image.make(dir.resolve("disk.img"), size);
    }

    private static int sectors(int size) {
        return (size + 511) / 512 * 512;
    }

    /** What QEMU makes of the image: its bytes, and zeroes up to a whole sector. */
    private Path filledUp(Path image) throws Exception {
        byte[] bytes = Files.readAllBytes(image);
        return Files.write(dir.resolve("filled up"), Arrays.copyOf(bytes, sectors(bytes.length)));
    }

    @ParameterizedTest
    @MethodSource("disks")
    void nbdcopyReadsAll(Transport transport, int size) throws Exception {
        Path image = image(size);
        Path copy = dir.resolve("copy");
        try (var server = transport.serve(image)) {
            assertEquals(size + "\n", Clients.run("nbdinfo", "--size", server.uri()));
            Clients.run("nbdcopy", server.uri(), copy.toString());
        }
        Image.assertSame(image, copy);
    }

    @ParameterizedTest
    @MethodSource("disks")
    void qemuImgProbes(Transport transport, int size) throws Exception {
        try (var server = transport.serve(image(size))) {
            String info = Clients.run("qemu-img", "info", "--output=json", server.uri());
            assertTrue(info.contains("\"virtual-size\": " + sectors(size) + ","), info);
            assertTrue(info.contains("\"format\": \"raw\""), info);
        }
    }

    @ParameterizedTest
    @MethodSource("disks")
    void qemuImgCompares(Transport transport, int size) throws Exception {
        Path image = image(size);
        try (var server = transport.serve(image)) {
            String said = Clients.run("qemu-img", "compare", server.uri(), filledUp(image).toString());
            assertTrue(said.contains("Images are identical."), said);
        }
    }

    @ParameterizedTest
    @MethodSource("disks")
    void qemuImgConverts(Transport transport, int size) throws Exception {
        Path image = image(size);
        Path copy = dir.resolve("copy");
        try (var server = transport.serve(image)) {
            Clients.run("qemu-img", "convert", "-O", "raw", server.uri(), copy.toString());
        }
        Image.assertSame(filledUp(image), copy);
    }

    /** It may write all of our bytes; those behind them are not there to be written. */
    @ParameterizedTest
    @MethodSource("disks")
    void qemuIoWritesTheLastByte(Transport transport, int size) throws Exception {
        Path image = image(size);
        byte[] expected = Files.readAllBytes(image);
        expected[size - 1] = 0x5a;
        try (var server = transport.serve(image)) {
            Clients.qemuIo(server.uri(), "write -P 0x5a %d 1".formatted(size - 1), "flush");
        }
        assertEquals(-1, Arrays.mismatch(expected, Files.readAllBytes(image)));
    }
}
