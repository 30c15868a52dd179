package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.qcow2.CheckReport;
import dev.pirn.block.qcow2.Qcow2Check;
import dev.pirn.block.qcow2.Repair;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images that QEMU made, and that are damaged then: we find what {@code qemu-img check} finds, number by
 * number, and what we repair is sound to it. Damages are those that both count alike: see "Check and repair"
 * in {@code docs/formats/qcow2.md} for the others.
 */
class Qcow2CheckTest {
    private static final int DAMAGES_MAX = 4;
    private static final List<String> NUMBERS = List.of("corruptions", "leaks", "check-errors",
            "image-end-offset", "total-clusters", "allocated-clusters", "fragmented-clusters",
            "compressed-clusters");
    private static final List<String> OPTIONS = List.of("compat=0.10", "refcount_bits=1", "refcount_bits=8",
            "refcount_bits=64", "lazy_refcounts=on", "compression_type=zstd", "preallocation=metadata",
            "extended_l2=on");

    @TempDir
    private Path dir;

    static int[] seeds() {
        int count = Boolean.getBoolean("pirn.long") ? 500 : 16;
        int[] seeds = new int[count];
        Arrays.setAll(seeds, i -> i);
        return seeds;
    }

    private static long number(String json, String key) {
        Matcher found = Pattern.compile("\"" + key + "\": (\\d+)").matcher(json);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private static String qemuCheck(Path image) throws InterruptedException {
        try (Run run = Run.start(List.of("qemu-img", "check", "--output=json", image.toString()))) {
            return run.finish().out();
        }
    }

    private static CheckReport ours(Path image, Repair repair) throws Exception {
        try (var loop = EventLoop.open("test"); var pool = ThreadPool.of("disk", 2)) {
            return loop.<CheckReport, Exception>run("check", () -> repair == null
                    ? Qcow2Check.check(image, pool) : Qcow2Check.repair(image, repair, pool));
        }
    }

    private static List<Long> numbers(CheckReport report) {
        return List.of(report.corruptions(), report.leaks(), report.checkErrors(), report.imageEndOffset(),
                report.totalClusters(), report.allocatedClusters(), report.fragmentedClusters(),
                report.compressedClusters());
    }

    private static List<Long> numbers(String json) {
        return NUMBERS.stream().map(each -> number(json, each)).toList();
    }

    /** Of clusters of 4 KiB (16 with extended L2 entries), with compressed ones, a bitmap or a snapshot. */
    private Path made(String option, Random random) throws Exception {
        Path raw = Image.make(dir.resolve("base.img"), 300 << 10);
        Path image = dir.resolve("image.qcow2");
        String size = option.startsWith("extended") ? "16k" : "4k";
        var convert = new ArrayList<>(List.of("convert", "-f", "raw", "-O", "qcow2", "-o",
                "cluster_size=" + size + "," + option));
        if (!option.startsWith("prealloc") && random.nextBoolean()) convert.add("-c");
        convert.addAll(List.of(raw.toString(), image.toString()));
        Clients.run("qemu-img", convert.toArray(String[]::new));
        Clients.run("qemu-img", "resize", "-q", image.toString(), "4M");
        boolean shared = !option.equals("refcount_bits=1");
        if (shared && random.nextBoolean()) {
            Clients.run("qemu-img", "snapshot", "-c", "before", image.toString());
        }
        boolean third = !option.startsWith("compat");
        if (third && random.nextBoolean()) {
            Clients.run("qemu-img", "bitmap", "--add", image.toString(), "changes");
        }
        for (int i = 0; i < 5; i++) {
            String write = "write -P %d %dk %dk".formatted(i, random.nextInt(3000), 1 + random.nextInt(60));
            Clients.run("qemu-io", "-f", "qcow2", "-c", write, image.toString());
        }
        return image;
    }

    private static void damage(ByteBuffer image, Random random) {
        long l1 = image.getLong(40);
        int l2 = (int) (image.getLong((int) l1) & 0x00ff_ffff_ffff_fe00L);
        int block = (int) image.getLong((int) image.getLong(48));
        int cluster = 1 << image.getInt(20);
        int words = (image.getLong(72) & 1 << 4) == 0 ? 1 : 2;
        int entry = l2 + 8 * words * random.nextInt(80);
        boolean standard = (image.getLong(entry) & 1L << 62) == 0 && image.getLong(entry) != 0;
        switch (random.nextInt(4)) {
            case 0 -> image.put(block + random.nextInt(60), (byte) random.nextInt(3));
            case 1 -> image.putLong(entry, 0); // What it led to is leaked.
            case 2 -> {
                if (standard) image.putLong(entry, image.getLong(entry) ^ 1L << 63);
            }
            default -> {
                long there = image.capacity() / cluster - 6L;
                if (standard) image.putLong(entry, 1L << 63 | (5 + random.nextLong(there)) * cluster);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void sameNumbersAsQemu(int seed) throws Exception {
        var random = new Random(seed);
        String option = OPTIONS.get(seed % OPTIONS.size());
        Path path = made(option, random);
        assertEquals(numbers(qemuCheck(path)), numbers(ours(path, null)), option + ", sound");
        for (int i = 0; i < DAMAGES_MAX; i++) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
            damage(bytes, random);
            Files.write(path, bytes.array());
            CheckReport report = ours(path, null);
            assertEquals(numbers(qemuCheck(path)), numbers(report), () -> option + ": " + report);
        }
        CheckReport left = ours(path, Repair.ALL);
        boolean narrow = option.equals("refcount_bits=1"); // What two entries share it cannot count.
        assertTrue(left.isClean() || narrow, () -> option + ": " + left);
        assertEquals(numbers(qemuCheck(path)), numbers(ours(path, null)), option + ", repaired");
    }
}
