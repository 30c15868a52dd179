package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.qcow2.Bitmap;
import dev.pirn.block.qcow2.BitmapView;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import dev.pirn.block.qcow2.Snapshot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What holds for each kind of image, whatever is done to it. An image of it stands upon another, compressed,
 * if it has a backing file; after the first half of the steps there is a snapshot, if it has any.
 *
 * <pre>
 *   base.qcow2 ◀── image.qcow2:  half ──▶ snapshot, bitmap ──▶ half
 * </pre>
 */
final class Qcow2Properties implements AutoCloseable {
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);
    private static final Duration TIME_MAX = Duration.ofSeconds(60);
    private static final int GRANULARITY = 65_536;

    private final Path dir;
    private final Path image;
    private final ImageKind kind;
    private final byte[] model = new byte[ImageKind.SIZE];
    private final byte[] then;
    private final ImageSteps before;
    private final ImageSteps after;

    private Qcow2Properties(ImageKind kind, ImageSteps steps) throws Exception {
        this.kind = kind;
        this.dir = Files.createTempDirectory("pirn-test");
        this.image = dir.resolve("image.qcow2");
        int half = steps.all().size() / 2;
        before = new ImageSteps(steps.all().subList(0, half));
        after = new ImageSteps(steps.all().subList(half, steps.all().size()));
        if (kind.backing().size > 0) makeBacking();
        before.apply(model);
        then = model.clone();
        after.apply(model);
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.walk(dir)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
        }
    }

    /** Images that QEMU's tools made are read by us. */
    static void madeByQemuAndReadByUs(ImageKind kind, ImageSteps steps) {
        assertTimeoutPreemptively(TIME_MAX, () -> {
            try (var each = new Qcow2Properties(kind, steps)) {
                each.makeByQemu();
                each.readByUs();
            }
        });
    }

    /** Images that we made are read by QEMU's tools, sound to them, and can be written to. */
    static void madeByUsAndReadByQemu(ImageKind kind, ImageSteps steps) {
        assertTimeoutPreemptively(TIME_MAX, () -> {
            try (var each = new Qcow2Properties(kind, steps)) {
                each.makeByUs();
                each.readByQemu();
            }
        });
    }

    private void makeBacking() throws Exception {
        Path raw = Image.make(dir.resolve("base.img"), kind.backing().size);
        here("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type="
                + (kind.base().zstd() ? "zstd" : "zlib"), raw.toString(), "base.qcow2");
        byte[] bytes = Files.readAllBytes(raw);
        System.arraycopy(bytes, 0, model, 0, Math.min(bytes.length, model.length));
    }

    /** Runs it in the folder: QEMU takes a data file's name from where it runs. */
    private String here(String program, String... arguments) throws InterruptedException {
        var all = new ArrayList<>(List.of("-C", dir.toString(), program));
        all.addAll(List.of(arguments));
        return Clients.run("env", all.toArray(String[]::new));
    }

    private void writeByQemu(ImageSteps steps) throws InterruptedException {
        if (steps.all().isEmpty()) return;
        var arguments = new ArrayList<>(List.of("-f", "qcow2"));
        for (String each : steps.commands()) arguments.addAll(List.of("-c", each));
        arguments.add(image.toString());
        here("qemu-io", arguments.toArray(String[]::new));
    }

    private void makeByQemu() throws Exception {
        here("qemu-img", "create", "-q", "-f", "qcow2", "-o", kind.options(), image.toString(),
                Integer.toString(ImageKind.SIZE));
        writeByQemu(before);
        if (kind.snapshot()) here("qemu-img", "snapshot", "-c", "then", image.toString());
        if (kind.bitmap()) here("qemu-img", "bitmap", "--add", image.toString(), "bits");
        writeByQemu(after);
    }

    private void makeByUs() throws Exception {
        inLoop(pool -> {
            kind.creation().create(image, pool);
            var opened = Qcow2Image.open(image, UNMAP, pool);
            try (var disk = BlockDevice.of("image", opened, false)) {
                before.apply(disk);
                if (kind.snapshot()) opened.snapshots().create("then", Instant.EPOCH);
                if (kind.bitmap()) opened.bitmaps().add("bits", GRANULARITY, true);
                after.apply(disk);
            }
        });
    }

    private void readByUs() throws Exception {
        inLoop(pool -> {
            try (var opened = Qcow2Image.open(image, UNMAP.asReadOnly(), pool)) {
                assertTrue(opened.check().isClean(), () -> opened + ": not clean");
                assertArrayEquals(model, all(opened));
                assertEquals(kind.snapshot() ? List.of("then") : List.of(),
                        opened.snapshots().list().stream().map(Snapshot::name).toList());
                assertEquals(kind.bitmap() ? List.of("bits") : List.of(),
                        opened.bitmaps().list().stream().map(Bitmap::name).toList());
                if (kind.bitmap()) assertEquals(written(), dirty(opened));
            }
            if (!kind.snapshot()) return;
            try (var opened = Qcow2Image.openSnapshot(image, "then", UNMAP, pool)) {
                assertArrayEquals(then, all(opened));
            }
        });
        sameMap();
    }

    /** Which pieces of the disk the second half of the steps wrote to. */
    private List<Integer> written() {
        return after.all().stream().flatMap(each -> IntStream.rangeClosed(
                each.offset() / GRANULARITY, (each.offset() + each.length() - 1) / GRANULARITY).boxed())
                .distinct().sorted().toList();
    }

    @CoroutineFn
    private static List<Integer> dirty(Qcow2Image opened) throws IOException {
        var pieces = new ArrayList<Integer>();
        var view = opened.bitmaps().view("bits");
        for (int at = 0; at < ImageKind.SIZE; at += GRANULARITY) {
            var runs = view.runs(at, GRANULARITY, Integer.MAX_VALUE);
            if (runs.stream().anyMatch(BitmapView.Run::isDirty)) pieces.add(at / GRANULARITY);
        }
        return pieces;
    }

    /** Both say the same of where data is, and what we call zeroes is. */
    private void sameMap() throws Exception {
        String[] map = {"map", "-f", "qcow2", "--output=json", image.toString()};
        JsonNode ours = Pirn.json(Pirn.succeed(map));
        assertEquals(places(Pirn.json(here("qemu-img", map))), places(ours));
        for (JsonNode each : ours) {
            int at = each.get("start").asInt();
            int end = at + each.get("length").asInt();
            if (!each.get("zero").asBoolean()) continue;
            for (; at < end; at++) assertEquals(0, model[at], "byte at " + at);
        }
    }

    /** Where the disk begins to be data, or of another image; QEMU tells holes in a file of data apart. */
    private static List<String> places(JsonNode map) {
        var places = new ArrayList<String>();
        String last = "";
        for (JsonNode each : map) {
            String what = "data " + each.get("data") + " depth " + each.get("depth");
            if (!what.equals(last)) places.add(each.get("start") + ": " + what);
            last = what;
        }
        return places;
    }

    private void readByQemu() throws Exception {
        here("qemu-img", "check", "-f", "qcow2", image.toString()); // Fails for a leak, too.
        assertArrayEquals(model, convertedByQemu());
        if (kind.snapshot()) assertArrayEquals(then, convertedByQemu("-l", "then"));
        assertEquals(kind.bitmap(), here("qemu-img", "info", image.toString()).contains("name: bits"));
        sameMap();
        here("qemu-io", "-f", "qcow2", "-c", "write -P 7 64k 1M", "-c", "read -P 7 64k 1M", image.toString());
        here("qemu-img", "check", "-f", "qcow2", image.toString());
    }

    private byte[] convertedByQemu(String... options) throws Exception {
        Path raw = dir.resolve("read.img");
        var arguments = new ArrayList<>(List.of("convert", "-f", "qcow2", "-O", "raw"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of(image.toString(), raw.toString()));
        here("qemu-img", arguments.toArray(String[]::new));
        return Files.readAllBytes(raw);
    }

    private interface Use {
        @CoroutineFn
        void with(ThreadPool pool) throws Exception;
    }

    private static void inLoop(Use use) throws Exception {
        try (var loop = EventLoop.open("test"); var pool = ThreadPool.of("disk", 4)) {
            loop.run("test", () -> {
                use.with(pool);
                return null;
            });
        }
    }

    @CoroutineFn
    private static byte[] all(Qcow2Image opened) throws IOException {
        MemorySegment target = Arena.ofAuto().allocate(opened.size());
        opened.read(0, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }
}
