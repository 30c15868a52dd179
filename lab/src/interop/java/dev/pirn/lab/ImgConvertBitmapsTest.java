package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code convert --bitmaps}, beside qemu-img's. */
class ImgConvertBitmapsTest {
    private static final String SKIP = "--bitmaps --skip-broken-bitmaps -O qcow2";

    @TempDir
    private Path dir;
    private Path source;
    private Path ours;
    private Path theirs;

    @BeforeEach
    void makeSource() throws Exception {
        source = Images.qcow2(dir.resolve("disk"), "1000k");
        ours = dir.resolve("ours");
        theirs = dir.resolve("theirs");
    }

    private void bitmap(Path image, String options) throws Exception {
        Clients.run("qemu-img", ("bitmap " + options.replace("IMAGE", image.toString())).split(" "));
    }

    private void addTwo() throws Exception {
        bitmap(source, "--add -g 4k IMAGE zz");
        bitmap(source, "--add --disable -g 512 IMAGE aa");
        Images.write(source, "write 100k 9k", "write 999k 1k");
        bitmap(source, "--merge zz IMAGE aa");
    }

    private static String[] convert(String options, Path from, Path to) {
        var all = new ArrayList<>(List.of("convert"));
        all.addAll(List.of(options.split(" ")));
        all.addAll(List.of(from.toString(), to.toString()));
        return all.toArray(String[]::new);
    }

    /** Both have the same bitmaps, in the same order, that say the same. */
    private void agree() throws Exception {
        assertEquals(BitmapBits.of(theirs), BitmapBits.of(ours));
        Clients.run("qemu-img", "check", ours.toString()); // Fails for a leak, too.
        Pirn.succeed("compare", theirs.toString(), ours.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bitmaps -O qcow2", "-c --bitmaps -O qcow2", "-t writeback --bitmaps -O qcow2",
        "--bitmaps -O qcow2 -o cluster_size=4k"})
    void copiedAsQemuDoesIt(String options) throws Exception {
        addTwo();
        Pirn.succeed(convert(options, source, ours));
        Clients.run("qemu-img", convert(options, source, theirs));
        agree();
        assertEquals(BitmapBits.of(source), BitmapBits.of(ours));
        assertEquals(2, BitmapBits.of(ours).size());
    }

    @Test
    void ofAnImageThatHasNone() throws Exception {
        Pirn.succeed(convert("--bitmaps -O qcow2", source, ours));
        Clients.run("qemu-img", convert("--bitmaps -O qcow2", source, theirs));
        agree();
    }

    /** Of an overlay its own are copied. */
    @Test
    void ofAnOverlay() throws Exception {
        addTwo();
        Path overlay = Images.qcow2(dir.resolve("overlay"), null, "-b", "disk", "-F", "qcow2");
        bitmap(overlay, "--add IMAGE own");
        String options = "--bitmaps -O qcow2 -B disk -F qcow2";
        Pirn.succeed(convert(options, overlay, ours));
        Clients.run("qemu-img", convert(options, overlay, theirs));
        agree();
        assertEquals(1, BitmapBits.of(ours).size());
    }

    @Test
    void intoAnImageThatHasOthers() throws Exception {
        addTwo();
        Images.qcow2(ours, "1000k");
        bitmap(ours, "--add --disable IMAGE own");
        Files.copy(ours, theirs);
        Pirn.succeed(convert("-n --bitmaps -O qcow2", source, ours));
        Clients.run("qemu-img", convert("-n --bitmaps -O qcow2", source, theirs));
        agree();
        assertEquals(3, BitmapBits.of(ours).size());
    }

    /** QEMU names the last of them. */
    @Test
    void inconsistentOnesAreRefusedBeforeTheDiskIsCopied() throws Exception {
        Images.abandonBitmap(source, "bad");
        bitmap(source, "--add IMAGE fine");
        String said = Pirn.assertSameCode(1, convert("--bitmaps -O qcow2", source, ours));
        assertEquals("pirn: img convert: inconsistent, and not copied: " + source + ": \"bad\"\n"
                + "hint: --skip-broken-bitmaps leaves it out; img bitmap --remove deletes it\n", said);
        assertFalse(Files.exists(ours));
    }

    @Test
    void inconsistentOnesAreLeftOut() throws Exception {
        bitmap(source, "--add IMAGE other");
        Images.abandonBitmap(source, "bad");
        addTwo();
        Run.Outcome said = Pirn.img(convert(SKIP, source, ours));
        assertEquals(0, said.code());
        assertEquals("pirn: img convert: warning: inconsistent, and not copied: bitmap \"bad\"\n"
                + "pirn: img convert: warning: inconsistent, and not copied: bitmap \"other\"\n", said.err());
        Run.Outcome qemu = Pirn.qemuImg(convert(SKIP, source, theirs));
        assertEquals("qemu-img: warning: Skipping inconsistent bitmap 'bad'\n"
                + "qemu-img: warning: Skipping inconsistent bitmap 'other'\n", qemu.err());
        agree();
        assertEquals(2, BitmapBits.of(ours).size());
    }

    /** Nothing is made, or written over, where QEMU copies all of the disk first. */
    private void refused(String why, String options, Path from) throws Exception {
        byte[] before = Files.exists(ours) ? Files.readAllBytes(ours) : null;
        Run.Outcome said = Pirn.img(convert(options, from, ours));
        assertEquals("1 pirn: img convert: " + why + "\n", said.code() + " " + said.err());
        if (before == null) assertFalse(Files.exists(ours));
        else assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(ours)));
        assertEquals(1, Pirn.qemuImg(convert(options, from, ours)).code());
        Files.deleteIfExists(ours);
    }

    @Test
    void whereThereCanBeNone() throws Exception {
        addTwo();
        String rule = "can have no bitmaps: qcow2 images of version 3 can: ";
        refused(rule + ours, "--bitmaps -O raw", source);
        refused(rule + ours, "--bitmaps -O qcow2 -o compat=0.10", source);
        Path raw = Files.write(dir.resolve("raw"), new byte[4096]);
        refused(rule + raw, "--bitmaps -f raw -O qcow2", raw);
        Path old = Images.qcow2(dir.resolve("old"), "1M", "-o", "compat=0.10");
        refused(rule + old, "--bitmaps -O qcow2", old);
        Files.write(ours, new byte[1000 << 10]);
        refused(rule + ours, "-n --bitmaps -O raw", source);
    }

    @Test
    void whereTheyDoNotFit() throws Exception {
        addTwo();
        Images.qcow2(ours, "2M");
        refused("of another size, and not that of what is copied, which its bitmaps have: " + ours
                + " has 2097152 bytes, and " + source + " 1024000", "-n --bitmaps -O qcow2", source);
        Images.qcow2(ours, "1000k");
        bitmap(ours, "--add IMAGE zz");
        refused("there is a bitmap of that name: " + ours + ": \"zz\"", "-n --bitmaps -O qcow2", source);
    }

    /** qemu-img ends with 1, as of all wrong usage. */
    @Test
    void misuse() throws Exception {
        Run.Outcome alone = Pirn.img(convert("--skip-broken-bitmaps -O qcow2", source, ours));
        assertEquals(2, alone.code());
        assertTrue(alone.err().contains("--skip-broken-bitmaps needs --bitmaps"), alone.err());
        Run.Outcome two = Pirn.img(convert("--bitmaps -O qcow2 " + source, source, ours));
        assertEquals(2, two.code());
        assertTrue(two.err().contains("--bitmaps is for one image: 2"), two.err());
        assertEquals(1, Pirn.qemuImg(convert("--skip-broken-bitmaps -O qcow2", source, ours)).code());
        assertEquals(1, Pirn.qemuImg(convert("--bitmaps -O qcow2 " + source, source, ours)).code());
    }

    /** QEMU counts those too that it would not copy. */
    @ParameterizedTest
    @ValueSource(strings = {"", "-o cluster_size=512", "-l s"})
    void measured(String options) throws Exception {
        bitmap(source, "--add -g 512 IMAGE a_longer_name");
        bitmap(source, "--add IMAGE other");
        if (options.isEmpty()) Images.abandonBitmap(source, "bad");
        Clients.run("qemu-img", "snapshot", "-c", "s", source.toString());
        var all = new ArrayList<>(List.of("measure", "-O", "qcow2"));
        if (!options.isEmpty()) all.addAll(List.of(options.split(" ")));
        all.add(source.toString());
        Pirn.assertSame(all.toArray(String[]::new));
        all.add("--output=json");
        String[] json = all.toArray(String[]::new);
        assertEquals(Pirn.json(Clients.run("qemu-img", json)), Pirn.json(Pirn.succeed(json)));
    }
}
