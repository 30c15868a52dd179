package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.block.qcow2.Qcow2Creation;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import dev.pirn.block.qcow2.Snapshot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Internal snapshots that qemu-img made are ours, and ours are its; kinds of images drawn by seeds. */
class Qcow2SnapshotTest {
    private static final int SIZE = 2 << 20;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    @TempDir
    private Path dir;

    static int[] seeds() {
        int[] seeds = new int[Boolean.getBoolean("pirn.long") ? 200 : 3];
        Arrays.setAll(seeds, i -> i);
        return seeds;
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
    private static byte[] all(Qcow2Image image) throws Exception {
        MemorySegment target = Arena.ofAuto().allocate(image.size());
        image.read(0, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    private static String drawOptions(Random random) {
        if (random.nextInt(4) == 0) return "extended_l2=on,cluster_size=16384";
        String options = "cluster_size=" + (512 << random.nextInt(13));
        if (random.nextInt(4) == 0) return options + ",compat=0.10";
        return options + ",refcount_bits=" + (4 << random.nextInt(5));
    }

    private void writeByQemu(Path image, Random random) throws Exception {
        var commands = new ArrayList<>(List.of("-f", "qcow2"));
        for (int i = 0; i < 8; i++) {
            int length = 512 << random.nextInt(10);
            long offset = random.nextInt((SIZE - length) / 512) * 512L;
            String how = random.nextInt(4) == 0 ? "-z" : "-P " + (1 + random.nextInt(255));
            commands.addAll(List.of("-c", "write %s %d %d".formatted(how, offset, length)));
        }
        commands.add(image.toString());
        Clients.run("qemu-io", commands.toArray(String[]::new));
    }

    private static String qemuImg(String... arguments) throws InterruptedException {
        return Clients.run("qemu-img", arguments);
    }

    private byte[] readByQemu(Path image, String snapshot) throws Exception {
        Path raw = dir.resolve("read.img");
        var arguments = new ArrayList<>(List.of("convert", "-f", "qcow2", "-O", "raw"));
        if (snapshot != null) arguments.addAll(List.of("-l", snapshot));
        arguments.addAll(List.of(image.toString(), raw.toString()));
        qemuImg(arguments.toArray(String[]::new));
        return Files.readAllBytes(raw);
    }

    @CoroutineFn
    private static byte[] readSnapshot(Path image, String idOrName, ThreadPool pool) throws Exception {
        try (var then = Qcow2Image.openSnapshot(image, idOrName, Qcow2Options.DEFAULT, pool)) {
            return all(then);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void madeByQemu(int seed) throws Exception {
        var random = new Random(seed);
        String image = dir.resolve("image.qcow2").toString();
        Path path = Path.of(image);
        qemuImg("create", "-q", "-f", "qcow2", "-o", drawOptions(random), image, Integer.toString(SIZE));
        for (String each : List.of("one", "two")) {
            writeByQemu(path, random);
            qemuImg("snapshot", "-c", each, image);
        }
        writeByQemu(path, random);
        byte[] one = readByQemu(path, "one");
        byte[] two = readByQemu(path, "two");
        byte[] now = readByQemu(path, null);
        try (var pool = ThreadPool.of("disk", 4)) {
            inLoop(() -> {
                assertArrayEquals(one, readSnapshot(path, "one", pool));
                assertArrayEquals(two, readSnapshot(path, "2", pool));
                try (var opened = Qcow2Image.open(path, UNMAP, pool)) {
                    assertEquals(List.of("one", "two"),
                            opened.snapshots().list().stream().map(Snapshot::name).toList());
                    assertArrayEquals(now, all(opened));
                    opened.snapshots().apply(opened.snapshots().find("one"));
                    assertArrayEquals(one, all(opened));
                    assertTrue(opened.check().isClean(), () -> "seed " + seed);
                }
            });
            qemuImg("check", "-f", "qcow2", image); // Fails for a leak, too.
            writeByQemu(path, random);
            inLoop(() -> {
                try (var opened = Qcow2Image.open(path, UNMAP, pool)) {
                    opened.snapshots().delete(opened.snapshots().find("one"));
                }
            });
        }
        qemuImg("check", "-f", "qcow2", image);
        assertArrayEquals(two, readByQemu(path, "two"));
        qemuImg("snapshot", "-d", "two", image);
        qemuImg("check", "-f", "qcow2", image);
        assertEquals("", qemuImg("snapshot", "-l", image));
    }

    private static Qcow2Creation drawCreation(Random random) {
        var creation = new Qcow2Creation(SIZE);
        if (random.nextInt(4) == 0) return creation.extendedL2(true).clusterSize(16384);
        creation.clusterSize(512 << random.nextInt(13));
        if (random.nextInt(4) == 0) return creation.version(2);
        return creation.refcountBits(4 << random.nextInt(5));
    }

    @CoroutineFn
    private static void write(Qcow2Image image, Random random, byte[] model) throws Exception {
        for (int i = 0; i < 8; i++) {
            int length = 1 + random.nextInt(512 << random.nextInt(10));
            int offset = random.nextInt(SIZE - length);
            byte value = (byte) random.nextInt(4);
            Arrays.fill(model, offset, offset + length, value);
            if (value == 0) image.writeZeroes(offset, length, random.nextBoolean());
            else image.write(offset, Arena.ofAuto().allocate(length).fill(value));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void madeByUs(int seed) throws Exception {
        var random = new Random(seed);
        Path path = dir.resolve("image.qcow2");
        String image = path.toString();
        byte[] model = new byte[SIZE];
        var models = new ArrayList<byte[]>();
        try (var pool = ThreadPool.of("disk", 4)) {
            inLoop(() -> {
                drawCreation(random).create(path, pool);
                try (var opened = Qcow2Image.open(path, UNMAP, pool)) {
                    for (int i = 0; i < 3; i++) {
                        write(opened, random, model);
                        models.add(model.clone());
                        opened.snapshots().create("s" + i, Instant.ofEpochSecond(1_000_000_000 + i, 500));
                    }
                    write(opened, random, model);
                    opened.flush();
                }
            });
            qemuImg("check", "-f", "qcow2", image);
            String list = qemuImg("info", "--output=json", image).replaceAll("\\s", "");
            assertTrue(list.contains("\"name\":\"s2\",\"id\":\"3\",\"vm-state-size\":0")
                    || list.contains("\"vm-clock-nsec\":0,\"name\":\"s2\",\"date-sec\":1000000002,"
                            + "\"date-nsec\":500,\"vm-clock-sec\":0,\"id\":\"3\",\"vm-state-size\":0"), list);
            assertArrayEquals(model, readByQemu(path, null));
            for (int i = 0; i < 3; i++) assertArrayEquals(models.get(i), readByQemu(path, "s" + i));
            qemuImg("snapshot", "-a", "s1", image);
            assertArrayEquals(models.get(1), readByQemu(path, null));
            qemuImg("snapshot", "-d", "s1", image);
            qemuImg("check", "-f", "qcow2", image);
            inLoop(() -> {
                assertArrayEquals(models.get(2), readSnapshot(path, "s2", pool));
                try (var opened = Qcow2Image.open(path, UNMAP, pool)) {
                    assertArrayEquals(models.get(1), all(opened));
                    assertTrue(opened.check().isClean());
                    opened.snapshots().delete(opened.snapshots().find("3"));
                    opened.snapshots().delete(opened.snapshots().find("s0"));
                    write(opened, random, models.get(1));
                    opened.flush();
                }
            });
        }
        qemuImg("check", "-f", "qcow2", image);
        assertArrayEquals(models.get(1), readByQemu(path, null));
    }

    @Test
    void servedAsItWas() throws Exception {
        String image = dir.resolve("image.qcow2").toString();
        qemuImg("create", "-q", "-f", "qcow2", image, "1M");
        Clients.run("qemu-io", "-f", "qcow2", "-c", "write -P 5 0 100k", image);
        qemuImg("snapshot", "-c", "before", image);
        Clients.run("qemu-io", "-f", "qcow2", "-c", "write -P 6 50k 100k", image);
        try (var server = Server.start("-f", "qcow2", "-l", "before", "--port", "0", image)) {
            Clients.run("qemu-io", "-r", "-f", "raw", "-c", "read -P 5 0 100k", "-c",
                    "read -P 0 100k 924k", server.uri());
            assertTrue(Clients.run("nbdinfo", server.uri()).contains("is_read_only: true"));
        }
        try (var none = Run.start(Tool.command("serve", "-f", "qcow2", "-l", "after", image))) {
            Run.Outcome said = none.finish();
            assertEquals(1, said.code());
            assertEquals("pirn: serve: cannot be used: " + image + ": no snapshot has the id or the name "
                    + "\"after\"\n", said.err());
        }
    }
}
