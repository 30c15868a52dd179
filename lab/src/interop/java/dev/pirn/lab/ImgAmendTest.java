package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code img amend} beside {@code qemu-img amend}. */
class ImgAmendTest {
    @TempDir
    private Path dir;

    private Path amend(String name, String options) throws Exception {
        Path image = dir.resolve(name);
        assertEquals("", Pirn.succeed("amend", "-o", options, image.toString()));
        assertSound(image);
        return image;
    }

    private static void assertSound(Path image) throws Exception {
        Clients.run("qemu-img", "check", image.toString()); // Fails for leaks too.
        assertTrue(Pirn.succeed("check", image.toString()).startsWith("No errors"));
    }

    private static String info(Path image) throws Exception {
        return Clients.run("qemu-img", "info", image.toString()).replaceAll("image:.*|disk size.*", "");
    }

    /** Half of the first megabyte is data, then what was zeroed in each way; two snapshots before that. */
    private Path zeroed(String name, boolean backing, String... options) throws Exception {
        Images.sparse(dir.resolve("base"), 2 << 20, 9, 1);
        Path image = dir.resolve(name);
        if (backing) Images.qcow2(image, null, "-b", "base", "-F", "raw");
        else Images.qcow2(image, "2M", options);
        Images.write(image, "write -P 1 0 512k", "write -z 1M 128k");
        Clients.run("qemu-img", "snapshot", "-c", "one", image.toString());
        Images.write(image, "write -z 0 64k", "write -z -u 64k 64k", "write -z 1536k 64k",
                "write -P 3 1M 64k");
        Clients.run("qemu-img", "snapshot", "-c", "two", image.toString());
        Images.write(image, "write -P 4 64k 64k", "write -z 256k 64k");
        return image;
    }

    private static void assertSame(Path one, Path other) throws Exception {
        for (String each : List.of("", "one", "two")) {
            Path raw = one.resolveSibling("raw" + each);
            Path otherRaw = other.resolveSibling("other" + each);
            for (Path[] pair : new Path[][] {{one, raw}, {other, otherRaw}}) {
                String[] whole = {"convert", "-O", "raw", pair[0].toString(), pair[1].toString()};
                String[] then = {"convert", "-O", "raw", "-l", each, whole[3], whole[4]};
                Clients.run("qemu-img", each.isEmpty() ? whole : then);
            }
            Image.assertSame(raw, otherRaw);
        }
    }

    /** QEMU 7.2 itself writes zeroes over what the first snapshot has: compared with the image before. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void olderVersionWithoutZeroClusters(boolean backing) throws Exception {
        Path before = zeroed("before", backing);
        zeroed("disk", backing);
        Path image = amend("disk", "compat=0.10");
        assertTrue(info(image).contains("compat: 0.10"));
        assertSame(before, image);
        amend("disk", "compat=1.1");
        assertTrue(info(image).contains("compat: 1.1"));
        assertSame(before, image);
    }

    @Test
    void allocatedAsByQemuInTheOlderVersion() throws Exception {
        for (String each : new String[] {"ours", "theirs"}) {
            Images.qcow2(dir.resolve(each), "1M");
            Images.write(dir.resolve(each), "write -z 512k 64k", "write -P 7 64k 64k");
        }
        Path image = amend("ours", "compat=v2");
        Clients.run("qemu-img", "amend", "-o", "compat=v2", dir.resolve("theirs").toString());
        String[] map = {"map", "--output=json", dir.resolve("theirs").toString()};
        map[2] = dir.resolve("theirs").toString();
        String theirs = Clients.run("qemu-img", map).replaceAll(", \"offset\": \\d+", "");
        map[2] = image.toString();
        assertEquals(theirs, Clients.run("qemu-img", map).replaceAll(", \"offset\": \\d+", ""));
        assertEquals(info(dir.resolve("theirs")), info(image));
    }

    /** Snapshots need counts up to 3: 2 bits hold them, 1 does not. */
    @ParameterizedTest
    @ValueSource(ints = {2, 64})
    void refcountsOfOtherWidths(int bits) throws Exception {
        Path before = zeroed("before", false);
        Path image = zeroed("disk", false);
        amend("disk", "refcount_bits=" + bits);
        assertTrue(info(image).contains("refcount bits: " + bits + "\n"), info(image));
        assertSame(before, image);
        Images.write(image, "write -P 9 0 2M");
        amend("disk", "refcount_bits=16");
        Images.write(image, "read -P 9 0 2M");
    }

    @Test
    void refcountsThatCannotCount() throws Exception {
        Path image = zeroed("disk", false);
        byte[] before = Files.readAllBytes(image);
        String said = Pirn.assertSameCode(1, "amend", "-o", "refcount_bits=1", image.toString());
        assertTrue(said.contains("more than refcounts of 1 bits can count"), said);
        assertSound(image);
        assertEquals(new String(before, 0, 112, "latin1"),
                new String(Files.readAllBytes(image), 0, 112, "latin1"));
        Images.qcow2(dir.resolve("alone"), "64M");
        Images.write(dir.resolve("alone"), "write -P 5 1M 3M");
        Images.write(amend("alone", "refcount_bits=1"), "read -P 5 1M 3M");
    }

    @Test
    void dataFileOfAnotherName() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M",
                "-o", "data_file=" + dir.resolve("data") + ",data_file_raw=on");
        Images.write(image, "write -P 6 0 1M");
        Files.move(dir.resolve("data"), dir.resolve("moved"));
        amend("disk", "data_file=" + dir.resolve("moved") + ",data_file_raw=off");
        String info = Pirn.succeed("info", image.toString());
        assertTrue(info.contains("/moved\n") && info.contains("data file raw: false"), info);
        Pirn.succeed("convert", "--follow", "anywhere", "-O", "raw", image.toString(),
                dir.resolve("copy").toString());
        assertEquals(6, Files.readAllBytes(dir.resolve("copy"))[(1 << 20) - 1]);
    }

    @ParameterizedTest
    @CsvSource({"1M, 3M", "3M, 1M"})
    void otherSize(String before, String after) throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), before);
        Images.write(image, "write -P 2 0 1M");
        amend("disk", "size=" + after);
        assertTrue(info(image).contains("virtual size: " + after.replace("M", " MiB")), info(image));
        Images.write(image, "read -P 2 0 1M");
    }

    /** All at once, in an order in which each finds what it needs. */
    @Test
    void allAtOnce() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M", "-o", "refcount_bits=8,lazy_refcounts=on");
        Clients.run("qemu-img", "bitmap", "--add", image.toString(), "b");
        Clients.run("qemu-img", "bitmap", "--remove", image.toString(), "b");
        amend("disk", "compat=0.10,refcount_bits=16,size=2M");
        String info = info(image);
        assertTrue(info.contains("compat: 0.10") && info.contains("2 MiB"), info);
        amend("disk", "compat=1.1,lazy_refcounts=on,refcount_bits=64");
        info = info(image);
        assertTrue(info.contains("lazy refcounts: true") && info.contains("refcount bits: 64"), info);
        Run.Outcome shown = Pirn.img("amend", "-p", "-o", "lazy_refcounts=off,refcount_bits=1",
                image.toString());
        assertEquals("    (0.00/100%)\r    (50.00/100%)\r    (100.00/100%)\r\n", shown.out());
        assertSound(image);
    }

    /** Version 2 has none; QEMU leaves their clusters as leaks. */
    @Test
    void bitmapsGoWithTheVersion() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M");
        Clients.run("qemu-img", "bitmap", "--add", image.toString(), "b");
        amend("disk", "compat=0.10");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''                    | backing_file=x",
        "''                    | backing_fmt=raw",
        "''                    | data_file=x",
        "''                    | data_file_raw=on",
        "''                    | cluster_size=128k",
        "''                    | preallocation=full",
        "compat=0.10           | lazy_refcounts=on",
        "compat=0.10           | refcount_bits=32",
        "refcount_bits=8       | compat=0.10",
        "extended_l2=on        | compat=0.10",
        "data_file=DIR/data    | compat=0.10",
    })
    void refusedAsByQemu(String made, String options) throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M",
                "-o", made.isEmpty() ? "compat=1.1" : made.replace("DIR", dir.toString()));
        byte[] before = Files.readAllBytes(image);
        String said = Pirn.assertSameCode(1, "amend", "-o", options, image.toString());
        assertTrue(said.startsWith("pirn: img amend: "), said);
        assertEquals(new String(before, "latin1"), new String(Files.readAllBytes(image), "latin1"));
    }

    @Test
    void snapshotsOfOtherSizesPreventTheOlderVersion() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M");
        Clients.run("qemu-img", "snapshot", "-c", "a", image.toString());
        Clients.run("qemu-img", "resize", image.toString(), "2M");
        String said = Pirn.assertSameCode(1, "amend", "-o", "compat=0.10", image.toString());
        assertTrue(said.contains("snapshot \"a\" has a disk of 1048576 bytes"), said);
    }

    @Test
    void rawImage() throws Exception {
        Path raw = Images.sparse(dir.resolve("raw"), 1 << 20, 1, 1);
        Pirn.assertSameCode(1, "amend", "-f", "raw", "-o", "size=2M", raw.toString());
    }
}
