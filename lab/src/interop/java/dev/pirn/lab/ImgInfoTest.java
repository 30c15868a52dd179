package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code info} and {@code map}, of the same image by qemu-img and by us. */
class ImgInfoTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void name() {
        image = dir.resolve("disk");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 512, 1000, 3 << 20})
    void raw(long size) throws Exception {
        Images.sparse(image, size, size < 1000 ? 0 : 1, 1);
        assertSameInfo("-f", "raw", image.toString());
        if (size > 0) assertSameMap("-f", "raw", image.toString()); // Theirs has an entry of no bytes else.
    }

    @ParameterizedTest
    @ValueSource(strings = {"compat=0.10", "compat=1.1", "cluster_size=512", "cluster_size=2M",
        "lazy_refcounts=on,refcount_bits=1", "refcount_bits=64",
        "data_file=data.raw", "data_file=data.raw,data_file_raw=on"})
    void qcow2(String options) throws Exception {
        // Names in options are of the folder that qemu-img runs in.
        Images.qcow2(image, "3M", "-o", options.replace("data.raw", dir.resolve("data.raw").toString()));
        Images.write(image, "write -P 5 100k 200k", "write -z 1M 128k", "write -z 128k 64k");
        assertSameInfo(image.toString());
        assertSameMap(image.toString());
    }

    /** QEMU tells where a subcluster without data would stand, and so cuts there: compared for people. */
    @Test
    void subclusters() throws Exception {
        Images.qcow2(image, "3M", "-o", "extended_l2=on,compression_type=zstd");
        Images.write(image, "write -P 5 100k 200k", "write -z 1M 128k");
        assertSameInfo(image.toString());
        Pirn.assertSame("map", image.toString());
    }

    @Test
    void compressed() throws Exception {
        Path raw = Images.sparse(dir.resolve("raw"), 1 << 20, 3, 2);
        Clients.run("qemu-img", "convert", "-c", "-O", "qcow2", raw.toString(), image.toString());
        assertSameInfo(image.toString());
        assertSameJsonMap(image.toString());
        assertEquals(1, Pirn.img("map", image.toString()).code(), "a map for people cannot show them");
    }

    @Test
    void chainOfThree() throws Exception {
        Images.sparse(dir.resolve("base.raw"), 2 << 20, 4, 3);
        Images.qcow2(dir.resolve("middle"), null, "-b", "base.raw", "-F", "raw");
        Images.write(dir.resolve("middle"), "write -P 7 0 100k", "write -z 1M 64k");
        Images.qcow2(image, "3M", "-b", "middle", "-F", "qcow2");
        Images.write(image, "write -P 8 64k 64k");
        assertSameInfo(image.toString());
        assertSameInfo("--backing-chain", image.toString());
        assertSameMap(image.toString());
    }

    @ParameterizedTest
    @CsvSource({"0, 1M", "65536, 65536", "1000, 1000", "2M, 5M"})
    void partOfAMap(String start, String length) throws Exception {
        Images.qcow2(image, "3M");
        Images.write(image, "write -P 5 100k 200k", "write -P 5 2500k 10k");
        assertSameMap("--start-offset=" + start, "--max-length=" + length, image.toString());
    }

    @Test
    void exportOfAServer() throws Exception {
        Images.sparse(image, 1 << 20, 2, 4);
        try (var server = Transport.UNIX.serve(image)) {
            JsonNode theirs = Pirn.json(Clients.run("qemu-img", "info", "--output=json", server.uri()));
            JsonNode ours = Pirn.json(Pirn.succeed("info", "--output=json", server.uri()));
            ((ObjectNode) theirs).remove("filename"); // Theirs has one slash fewer.
            ((ObjectNode) ours).remove("filename");
            assertEquals(theirs, ours);
            assertSameJsonMap("-f", "raw", server.uri());
        }
    }

    /** CVE-2024-4467 and others: what an image names is shown, and not opened. */
    @Test
    void namesOfFilesThatAreNotThere() throws Exception {
        Images.qcow2(image, "1M", "-u", "-b", "/no/such/file", "-F", "raw");
        assertTrue(Pirn.succeed("info", image.toString()).contains("backing file: /no/such/file\n"));
        assertEquals(1, Pirn.img("info", "--backing-chain", image.toString()).code());
    }

    @Test
    void backingFileOutsideOfTheFolder() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "x".repeat(512));
        Path inner = Files.createDirectory(dir.resolve("inner")).resolve("disk");
        Images.qcow2(inner, null, "-b", secret.toString(), "-F", "raw");
        Run.Outcome refused = Pirn.img("convert", inner.toString(), dir.resolve("copy").toString());
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("outside of its folder"), refused.err());
        Pirn.succeed("convert", "--follow", "anywhere", inner.toString(), dir.resolve("copy").toString());
        Image.assertSame(secret, dir.resolve("copy"));
    }

    /** Every key of theirs with its value; and what is printed for people. */
    private static void assertSameInfo(String... arguments) throws Exception {
        Pirn.assertSame(with("info", arguments));
        JsonNode theirs = Pirn.json(Clients.run("qemu-img", with("info --output=json", arguments)));
        assertEquals(theirs, Pirn.json(Pirn.succeed(with("info --output=json", arguments))));
    }

    private static void assertSameMap(String... arguments) throws Exception {
        Pirn.assertSame(with("map", arguments));
        assertSameJsonMap(arguments);
    }

    private static void assertSameJsonMap(String... arguments) throws Exception {
        JsonNode theirs = Pirn.json(Clients.run("qemu-img", with("map --output=json", arguments)));
        JsonNode ours = Pirn.json(Pirn.succeed(with("map --output=json", arguments)));
        ours.forEach(each -> ((ObjectNode) each).remove("compressed")); // Of QEMU 8.2 and later.
        assertEquals(theirs, ours);
    }

    private static String[] with(String verb, String... arguments) {
        String[] words = verb.split(" ");
        var all = Arrays.copyOf(words, words.length + arguments.length);
        System.arraycopy(arguments, 0, all, words.length, arguments.length);
        return all;
    }
}
