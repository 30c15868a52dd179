package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Disks whose size is no multiple of 512. QEMU counts in sectors and sees the last one filled up with zeroes;
 * what it reads there, probing or not, hung or failed as long as we had simple replies alone.
 */
@ParameterizedClass
@MethodSource("dev.pirn.lab.Row#plain")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddSizeTest {
    private static final int[] SIZES = {1, 511, 513, (1 << 20) + 1};

    @Parameter
    private Row row;
    private Path folder;
    private Server server;

    @TempDir
    private Path dir;

    @BeforeParameterizedClassInvocation(injectArguments = false)
    void serve(@TempDir Path folder) throws Exception {
        this.folder = folder;
        var exports = new ArrayList<String>();
        for (int size : SIZES) {
            exports.add("read%d=%s".formatted(size, Image.make(image(size), size)));
            exports.add("written%d=%s".formatted(size, Image.make(written(size), size)));
        }
        server = row.serve(folder, Image.makeEmpty(folder.resolve("first.img"), 512),
                exports.toArray(String[]::new));
    }

    @AfterParameterizedClassInvocation(injectArguments = false)
    void end() throws Exception {
        server.close();
    }

    /** No check writes it. */
    private Path image(int size) {
        return folder.resolve("read" + size);
    }

    private Path written(int size) {
        return folder.resolve("written" + size);
    }

    private String uri(Path image) {
        return row.transport().remote(server, image.getFileName().toString(), folder).uri();
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
    @FieldSource("SIZES")
    void nbdcopyReadsAll(int size) throws Exception {
        Path copy = dir.resolve("copy");
        assertEquals(size + "\n", Clients.run("nbdinfo", "--size", uri(image(size))));
        Clients.run("nbdcopy", uri(image(size)), copy.toString());
        Image.assertSame(image(size), copy);
    }

    @ParameterizedTest
    @FieldSource("SIZES")
    void qemuImgProbes(int size) throws Exception {
        String info = Clients.run("qemu-img", "info", "--output=json", uri(image(size)));
        assertTrue(info.contains("\"virtual-size\": " + sectors(size) + ","), info);
        assertTrue(info.contains("\"format\": \"raw\""), info);
    }

    @ParameterizedTest
    @FieldSource("SIZES")
    void qemuImgCompares(int size) throws Exception {
        Path image = image(size);
        String said = Clients.run("qemu-img", "compare", uri(image), filledUp(image).toString());
        assertTrue(said.contains("Images are identical."), said);
    }

    @ParameterizedTest
    @FieldSource("SIZES")
    void qemuImgConverts(int size) throws Exception {
        Path image = image(size);
        Path copy = dir.resolve("copy");
        Clients.run("qemu-img", "convert", "-O", "raw", uri(image), copy.toString());
        Image.assertSame(filledUp(image), copy);
    }

    /** It may write all of our bytes; those behind them are not there to be written. */
    @ParameterizedTest
    @FieldSource("SIZES")
    void qemuIoWritesTheLastByte(int size) throws Exception {
        Path image = written(size);
        byte[] expected = Files.readAllBytes(image);
        expected[size - 1] = 0x5a;
        Clients.qemuIo(uri(image), "write -P 0x5a %d 1".formatted(size - 1), "flush");
        assertEquals(-1, Arrays.mismatch(expected, Files.readAllBytes(image)));
    }
}
