package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.Preallocation;
import dev.pirn.block.qcow2.Qcow2Creation;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that QEMU's tools made are read, and those that we made are sound to them; kinds drawn by seeds. */
class Qcow2Test {
    private static final int SIZE = 3 << 20;
    private static final int WRITES = 40;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    @TempDir
    private Path dir;

    static int[] seeds() {
        int count = Boolean.getBoolean("pirn.long") ? 300 : 8;
        int[] seeds = new int[count];
        Arrays.setAll(seeds, i -> i);
        return seeds;
    }

    /** A range of the disk, and what becomes of it. */
    private record Step(int kind, int offset, int length, int value) {
        static Step draw(Random random) {
            int[] lengths = {512, 4096, 20_480, 65_536, 300 << 10};
            int offset = random.nextInt(SIZE / 512) * 512;
            int length = Math.min(lengths[random.nextInt(lengths.length)], SIZE - offset);
            return new Step(random.nextInt(8), offset, length, 1 + random.nextInt(255));
        }

        String command() {
            return switch (kind) {
                case 0 -> "write -z %d %d".formatted(offset, length);
                case 1 -> "write -z -u %d %d".formatted(offset, length);
                default -> "write -P %d %d %d".formatted(value, offset, length);
            };
        }

        @CoroutineFn
        void apply(BlockDevice disk, byte[] model) throws Exception {
            int written = kind < 2 ? 0 : value;
            Arrays.fill(model, offset, offset + length, (byte) written);
            if (kind < 2) {
                disk.writeZeroes(offset, length, kind == 1, false);
            } else {
                disk.write(offset, Arena.ofAuto().allocate(length).fill((byte) value), false);
            }
        }
    }

    private static void inLoop(CoroutineEntry body) throws Exception {
        try (var loop = EventLoop.open("test")) {
            loop.run("test", () -> {
                body.run();
                return null;
            });
        }
    }

    @CoroutineFn
    private static byte[] all(BlockDevice disk) throws Exception {
        MemorySegment target = Arena.ofAuto().allocate(disk.size());
        disk.read(0, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    private List<String> drawOptions(Random random) {
        boolean extended = random.nextInt(4) == 0;
        var options = new ArrayList<String>();
        options.add("cluster_size=" + (extended ? 16384 << random.nextInt(3) : 512 << random.nextInt(13)));
        if (extended) {
            options.add("extended_l2=on");
        } else if (random.nextInt(4) == 0) {
            options.add("compat=0.10");
            return options;
        }
        options.add("refcount_bits=" + (1 << random.nextInt(7)));
        switch (random.nextInt(6)) {
            case 0 -> options.add("data_file=data.img");
            case 1 -> options.addAll(List.of("data_file=data.img", "data_file_raw=on"));
            case 2 -> options.add("preallocation=metadata");
            case 3 -> options.add("lazy_refcounts=on");
            default -> options.add("compression_type=" + (random.nextBoolean() ? "zstd" : "zlib"));
        }
        return options;
    }

    /** Upon a compressed image, half as long again or half as long. */
    @ParameterizedTest
    @MethodSource("seeds")
    void madeByQemuAndReadByUs(int seed) throws Exception {
        var random = new Random(seed);
        String options = String.join(",", drawOptions(random));
        Path image = dir.resolve("image.qcow2");
        var create = new ArrayList<>(List.of("create", "-q", "-f", "qcow2", "-o", options));
        if (!options.contains("data_file") && !options.contains("preallocation") && random.nextBoolean()) {
            Path raw = Image.make(dir.resolve("base.img"), SIZE / 2 * (1 + 2 * random.nextInt(2)));
            String type = random.nextBoolean() ? "zlib" : "zstd";
            Clients.run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o",
                    "compression_type=" + type, raw.toString(), dir.resolve("base.qcow2").toString());
            create.addAll(List.of("-F", "qcow2", "-b", "base.qcow2"));
        }
        create.addAll(List.of(image.toString(), Integer.toString(SIZE)));
        here("qemu-img", create);
        var commands = new ArrayList<>(List.of("-f", "qcow2"));
        for (int i = 0; i < WRITES; i++) commands.addAll(List.of("-c", Step.draw(random).command()));
        commands.add(image.toString());
        here("qemu-io", commands);
        Path raw = dir.resolve("expected.img");
        here("qemu-img", List.of("convert", "-f", "qcow2", "-O", "raw", image.toString(), raw.toString()));
        byte[] expected = Files.readAllBytes(raw);
        try (var pool = ThreadPool.of("disk", 4)) {
            inLoop(() -> {
                try (var opened = Qcow2Image.open(image, Qcow2Options.DEFAULT.asReadOnly(), pool)) {
                    assertTrue(opened.check().isClean(), () -> options + " of seed " + seed);
                    assertArrayEquals(expected, all(BlockDevice.of("image", opened, true)), options);
                }
            });
        }
    }

    private static Qcow2Creation drawCreation(Random random) {
        var creation = new Qcow2Creation(SIZE);
        if (random.nextInt(4) == 0) {
            creation.extendedL2(true).clusterSize(16384 << random.nextInt(3));
        } else {
            creation.clusterSize(512 << random.nextInt(13));
            if (random.nextInt(4) == 0) return creation.version(2);
        }
        creation.refcountBits(1 << random.nextInt(7));
        return switch (random.nextInt(6)) {
            case 0 -> creation.dataFile("data.img", random.nextBoolean());
            case 1 -> creation.preallocate(Preallocation.values()[random.nextInt(4)]);
            case 2 -> creation.zstd(true);
            default -> creation;
        };
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void madeByUsAndSoundToQemu(int seed) throws Exception {
        var random = new Random(seed);
        Path image = dir.resolve("image.qcow2");
        byte[] model = new byte[SIZE];
        boolean resized = random.nextBoolean();
        try (var pool = ThreadPool.of("disk", 4)) {
            inLoop(() -> {
                drawCreation(random).create(image, pool);
                try (var opened = Qcow2Image.open(image, UNMAP, pool)) {
                    var disk = BlockDevice.of("image", opened, false);
                    for (int i = 0; i < WRITES; i++) Step.draw(random).apply(disk, model);
                    disk.flush();
                    if (resized) opened.resize(SIZE * 40L);
                }
            });
        }
        Path raw = Files.write(dir.resolve("model.img"), model);
        here("qemu-img", List.of("check", "-f", "qcow2", image.toString())); // Fails for a leak, too.
        String same = here("qemu-img", List.of("compare", "-f", "raw", "-F", "qcow2", raw.toString(),
                image.toString()));
        assertTrue(same.contains("Images are identical."), same);
        here("qemu-io", List.of("-f", "qcow2", "-c", "write -P 7 64k 1M", "-c", "read -P 7 64k 1M",
                image.toString()));
        here("qemu-img", List.of("check", "-f", "qcow2", image.toString()));
        assertEquals(resized ? SIZE * 40L : SIZE, size(image));
    }

    /** Runs it in the folder: QEMU takes a data file's name from where it runs. */
    private String here(String program, List<String> arguments) throws InterruptedException {
        var all = new ArrayList<>(List.of("-C", dir.toString(), program));
        all.addAll(arguments);
        return Clients.run("env", all.toArray(String[]::new));
    }

    private long size(Path image) throws Exception {
        String info = here("qemu-img", List.of("info", "--output=json", image.toString()));
        return Long.parseLong(info.replaceAll("(?s).*\"virtual-size\": (\\d+).*", "$1"));
    }
}
