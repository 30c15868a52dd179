package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Persistent bitmaps that qemu-img made are ours, ours are its, and what QEMU writes is noted in them. */
class Qcow2BitmapTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws Exception {
        image = Images.qcow2(dir.resolve("disk"), "2M");
    }

    private static List<String> withImage(Path image, String options) {
        var words = new ArrayList<>(List.of("bitmap"));
        words.addAll(List.of(options.replace("IMAGE", image.toString()).split(" ")));
        return words;
    }

    /** After it the image is clean to both, and both say the same of it. */
    private void agree() throws Exception {
        Clients.run("qemu-img", "check", image.toString()); // Fails for a leak, too.
        Pirn.succeed("check", image.toString());
        String[] json = {"info", "--output=json", image.toString()};
        assertEquals(Pirn.json(Clients.run("qemu-img", json)), Pirn.json(Pirn.succeed(json)));
    }

    private void qemu(String options) throws Exception {
        Clients.run("qemu-img", withImage(image, options).toArray(String[]::new));
        agree();
    }

    private void ours(String options) throws Exception {
        Pirn.succeed(withImage(image, options).toArray(String[]::new));
        agree();
    }

    /** What has been written, by QEMU's server and by ours, of the image at rest. */
    private List<String> map(String name) throws Exception {
        List<String> theirs = BitmapBits.servedByQemu(name, image);
        try (var server = Server.start("-r", "-f", "qcow2", "-B", name, "--port", "0", image.toString())) {
            assertEquals(theirs, BitmapBits.served(name, server.uri()));
        }
        return theirs;
    }

    @Test
    void madeByQemuAndChangedByUs() throws Exception {
        qemu("--add -g 64k IMAGE one");
        Images.write(image, "write 128k 1", "write 1M 100k");
        List<String> written = List.of("0 131072 0", "131072 65536 1", "196608 851968 0", "1048576 131072 1",
                "1179648 917504 0");
        assertEquals(written, map("one"));
        ours("--add --disable -g 4k IMAGE two");
        ours("--merge one IMAGE two");
        assertEquals(written, map("two"));
        ours("--disable IMAGE one");
        ours("--clear IMAGE one");
        assertEquals(List.of("0 2097152 0"), map("one"));
        ours("--enable IMAGE one");
        Images.write(image, "write 0 512");
        assertEquals(List.of("0 65536 1", "65536 2031616 0"), map("one"));
        assertEquals(written, map("two"));
        ours("--remove IMAGE one");
        ours("--remove IMAGE two");
    }

    @Test
    void madeByUsAndChangedByQemu() throws Exception {
        ours("--add -g 64k IMAGE one");
        Images.write(image, "write 128k 1");
        List<String> written = List.of("0 131072 0", "131072 65536 1", "196608 1900544 0");
        assertEquals(written, map("one"));
        qemu("--disable IMAGE one");
        ours("--add -g 1M IMAGE two");
        qemu("--merge one IMAGE two");
        assertEquals(List.of("0 1048576 1", "1048576 1048576 0"), map("two"));
        qemu("--clear IMAGE two");
        assertEquals(List.of("0 2097152 0"), map("two"));
        qemu("--remove IMAGE one");
        qemu("--remove IMAGE two");
    }

    @Test
    void mergedFromAnotherImage() throws Exception {
        Path other = Images.qcow2(dir.resolve("other"), "2M");
        Clients.run("qemu-img", "bitmap", "--add", "-g", "64k", other.toString(), "there");
        Images.write(other, "write 1M 64k");
        ours("--add -g 64k IMAGE here");
        ours("--merge there -b " + other + " -F qcow2 IMAGE here");
        assertEquals(List.of("0 1048576 0", "1048576 65536 1", "1114112 983040 0"), map("here"));
    }

    @Test
    void servedWhileItNotesWrites() throws Exception {
        ours("--add -g 64k IMAGE one");
        try (var server = Server.start("-f", "qcow2", "-B", "one", "--port", "0", image.toString())) {
            assertEquals(List.of("0 2097152 0"), BitmapBits.served("one", server.uri()));
            Clients.run("qemu-io", "-f", "raw", "-c", "write 64k 1", server.uri());
            assertEquals(List.of("0 65536 0", "65536 65536 1", "131072 1966080 0"),
                    BitmapBits.served("one", server.uri()));
        }
        agree();
        assertEquals(List.of("0 65536 0", "65536 65536 1", "131072 1966080 0"), map("one"));
    }

    @Test
    void bitmapThatIsNotThere() throws Exception {
        Run.Outcome serve = Pirn.run("serve", "-f", "qcow2", "-B", "none", image.toString());
        assertEquals(1, serve.code());
        assertTrue(serve.err().endsWith("bitmap \"none\": there is none\n"), serve.err());
        for (String deed : List.of("--remove", "--clear", "--enable", "--disable")) {
            String said = Pirn.assertSameCode(1, "bitmap", deed, image.toString(), "none");
            assertTrue(said.endsWith("bitmap \"none\": there is none\n"), said);
        }
    }
}
