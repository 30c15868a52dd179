package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code serve -B} shows of bitmaps, as clients see it, beside qemu-nbd. */
class BitmapContextsTest {
    private static final long SIZE = 1000 << 10;
    private static final List<String> NAMES = List.of("g64k", "g4k", "g512");

    @TempDir
    private Path dir;

    private static void add(Path image, String name, String granularity) throws Exception {
        Clients.run("qemu-img", "bitmap", "--add", "-g", granularity, image.toString(), name);
    }

    /** Of the last granule of each a part is in the disk. */
    private Path base() throws Exception {
        Path base = Images.qcow2(dir.resolve("base"), "" + SIZE);
        add(base, "g64k", "64k");
        add(base, "g4k", "4k");
        add(base, "g512", "512");
        Images.write(base, "write 70k 100", "write 300k 64k", "write -z 400k 4k", "write 1023488 1");
        return base;
    }

    /** The dirty runs, each "offset length": which of a bitmap qemu-img shows as holes. */
    private static List<String> mapped(Server server, String name) throws Exception {
        String port = server.uri().replaceFirst(".*:(\\d+)/.*", "$1");
        JsonNode found = Pirn.json(Clients.run("qemu-img", "map", "--output=json", "--image-opts", "driver="
                + "nbd,host=127.0.0.1,port=" + port + ",x-dirty-bitmap=qemu:dirty-bitmap:" + name));
        var dirty = new ArrayList<String>();
        for (JsonNode each : found) {
            if (!each.get("data").asBoolean()) dirty.add(each.get("start") + " " + each.get("length"));
        }
        return dirty;
    }

    /** What qemu-nbd shows of all of them. */
    private static List<List<String>> asQemu(Path image) throws Exception {
        var all = new ArrayList<List<String>>();
        for (String each : NAMES) all.add(BitmapBits.servedByQemu(each, image));
        return all;
    }

    private static List<List<String>> shown(Server server) throws Exception {
        var all = new ArrayList<List<String>>();
        for (String each : NAMES) all.add(BitmapBits.served(each, server.uri()));
        return all;
    }

    @Test
    void qemuImgMapShowsWhatBitmapsHave() throws Exception {
        Path base = base();
        List<List<String>> theirs = asQemu(base);
        try (var server = Server.start("-r", "-f", "qcow2", "-B", "g64k", "-B", "g4k", "-B", "g512",
                "--port", "0", base.toString())) {
            assertEquals(List.of("65536 65536", "262144 196608", "983040 40960"), mapped(server, "g64k"));
            assertEquals(List.of("69632 4096", "307200 65536", "409600 4096", "1019904 4096"),
                    mapped(server, "g4k"));
            assertEquals(List.of("71680 512", "307200 65536", "409600 4096", "1023488 512"),
                    mapped(server, "g512"));
            assertEquals(theirs, shown(server));
        }
    }

    /** The first in the chain that has one of the name, be it of a shorter disk. */
    @Test
    void bitmapsOfBackingFiles() throws Exception {
        base();
        Path overlay = Images.qcow2(dir.resolve("overlay"), "2M", "-b", "base", "-F", "qcow2");
        add(overlay, "g4k", "4k");
        Images.write(overlay, "write 1M 1");
        Path top = Images.qcow2(dir.resolve("top"), null, "-b", "overlay", "-F", "qcow2");
        List<List<String>> theirs = asQemu(top);
        try (var server = Server.start("-f", "qcow2", "-B", "g64k", "-B", "g4k", "-B", "g512", "--port", "0",
                top.toString())) {
            assertEquals(List.of("65536 65536", "262144 196608", "983040 40960"), mapped(server, "g64k"));
            assertEquals(List.of("1048576 4096"), mapped(server, "g4k"));
            assertEquals(theirs, shown(server));
            // Nobody writes to those below.
            Clients.run("qemu-io", "-f", "raw", "-c", "write 0 1k", server.uri());
            assertEquals(List.of("65536 65536", "262144 196608", "983040 40960"), mapped(server, "g64k"));
        }
        Clients.run("qemu-img", "check", top.toString());
    }

    /** One that cannot be used is not looked for further down. */
    @Test
    void inconsistentOneHidesThoseBelow() throws Exception {
        base();
        Path top = Images.qcow2(dir.resolve("top"), null, "-b", "base", "-F", "qcow2");
        Images.abandonBitmap(top, "g4k");
        Run.Outcome said = Pirn.run("serve", "-f", "qcow2", "-B", "g4k", top.toString());
        assertEquals(1, said.code());
        assertTrue(said.err().contains(top + ": bitmap \"g4k\": inconsistent"), said.err());
        try (var theirs = Clients.start("qemu-nbd", "-f", "qcow2", "-B", "g4k", top.toString())) {
            assertEquals(1, theirs.finish().code());
        }
    }
}
