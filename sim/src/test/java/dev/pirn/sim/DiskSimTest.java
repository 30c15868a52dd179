package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.CoFile;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.SimDisk.Operation;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Files of a simulated disk, and what is left of them. */
class DiskSimTest {
    private static final Set<StandardOpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

    private static void forceNames(Sim sim) throws IOException {
        try (var directory = FileChannel.open(sim.disk().path("/"))) {
            directory.force(true);
        }
    }

    /** Random writes, reads and changes of size, against an array. */
    @SimTest(seeds = 500)
    void isAnArrayOfBytes(Sim sim) throws IOException {
        var random = sim.random();
        byte[] model = new byte[5000];
        int size = 0;
        try (var file = FileChannel.open(sim.disk().path("/f"), NEW)) {
            for (int i = 0; i < 50; i++) {
                int offset = random.nextInt(4000);
                byte[] bytes = new byte[random.nextInt(1000)];
                switch (random.nextInt(4)) {
                    case 0 -> {
                        Arrays.fill(bytes, (byte) i);
                        file.write(ByteBuffer.wrap(bytes), offset);
                        System.arraycopy(bytes, 0, model, offset, bytes.length);
                        if (bytes.length > 0) size = Math.max(size, offset + bytes.length);
                    }
                    case 1 -> {
                        file.truncate(offset);
                        if (offset < size) Arrays.fill(model, offset, size, (byte) 0);
                        size = Math.min(size, offset);
                    }
                    case 2 -> file.force(false);
                    default -> {
                        var target = ByteBuffer.allocate(1000);
                        int count = file.read(target, offset);
                        assertEquals(offset >= size ? -1 : Math.min(1000, size - offset), count);
                        if (count < 0) continue;
                        assertArrayEquals(Arrays.copyOfRange(model, offset, offset + count),
                                Arrays.copyOf(target.array(), count));
                    }
                }
                assertEquals(size, file.size());
            }
        }
    }

    /** CoFile bears what is short. */
    @SimTest(seeds = 300, nasty = true)
    void aCoFileReadsAndWritesAll(Sim sim) {
        EventLoop loop = sim.loop("a");
        sim.run(loop, "user", () -> {
            try (var pool = ThreadPool.of("disk", 2);
                    CoFile file = CoFile.open(sim.disk().path("/f"), pool,
                            NEW.toArray(StandardOpenOption[]::new))) {
                byte[] data = new byte[3000];
                for (int i = 0; i < data.length; i++) data[i] = (byte) i;
                file.write(ByteBuffer.wrap(data), 100);
                var read = ByteBuffer.allocate(3000);
                file.read(read, 100);
                assertArrayEquals(data, read.array());
                file.flush();
            }
        });
    }

    /** A sector that was not forced is old or new, each for itself; one that was is what it was. */
    @Test
    void aCrashKeepsWhatWasForced() throws IOException {
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            try (var sim = Sim.of(seed)) {
                Path path = sim.disk().path("/f");
                try (var file = FileChannel.open(path, NEW)) {
                    file.write(filled(3 * 512, 'a'), 0);
                    file.force(false);
                    forceNames(sim);
                    file.write(filled(2 * 512, 'b'), 0);
                    file.write(filled(512, 'c'), 0);
                    sim.disk().crash();
                    var e = assertThrows(IOException.class, () -> file.size());
                    assertEquals("/f: the power was cut while it was open; open it again", e.getMessage());
                }
                byte[] left = Files.readAllBytes(path);
                assertEquals(3 * 512, left.length);
                var outcome = new StringBuilder();
                for (int sector = 0; sector < 3; sector++) {
                    byte first = left[sector * 512];
                    for (int i = 0; i < 512; i++) assertEquals(first, left[sector * 512 + i], "torn");
                    outcome.append((char) first);
                }
                outcomes.add(outcome.toString());
            }
        }
        assertEquals(Set.of("aaa", "baa", "caa", "aba", "bba", "cba"), outcomes);
    }

    private static ByteBuffer filled(int length, char with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return ByteBuffer.wrap(bytes);
    }

    /** A force that failed has given up on what was written: the next does not save it. */
    @Test
    void aForceThatFailedLosesForEver() throws IOException {
        Set<Byte> outcomes = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            try (var sim = Sim.of(seed)) {
                Path path = sim.disk().path("/f");
                try (var file = FileChannel.open(path, NEW)) {
                    file.write(filled(512, 'a'), 0);
                    file.force(false);
                    forceNames(sim);
                    file.write(filled(512, 'b'), 0);
                    sim.disk().failNext(Operation.FORCE, new IOException("EIO"));
                    assertThrows(IOException.class, () -> file.force(false));
                    file.force(false);
                }
                sim.disk().crash();
                outcomes.add(Files.readAllBytes(path)[0]);
            }
        }
        assertEquals(Set.of((byte) 'a', (byte) 'b'), outcomes);
    }

    /** Names come in the order in which they were made; what was forced is there. */
    @Test
    void namesAreLostFromTheEnd() throws IOException {
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            try (var sim = Sim.of(seed)) {
                SimDisk disk = sim.disk();
                Files.createDirectory(disk.path("/d"));
                Files.createFile(disk.path("/d/old"));
                forceNames(sim);
                Files.createFile(disk.path("/d/new"));
                Files.move(disk.path("/d/new"), disk.path("/d/old"), StandardCopyOption.ATOMIC_MOVE);
                Files.createFile(disk.path("/d/last"));
                disk.crash();
                outcomes.add(names(disk.path("/d")));
            }
        }
        assertEquals(Set.of("[/d/old]", "[/d/new, /d/old]", "[/d/last, /d/old]"), outcomes);
    }

    private static String names(Path directory) {
        try (var all = Files.list(directory)) {
            return all.toList().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFullDiskTakesWhatItHasRoomFor() throws IOException {
        try (var sim = Sim.of(1); var file = FileChannel.open(sim.disk().path("/f"), NEW)) {
            sim.disk().bytesMax(1024);
            ByteBuffer data = filled(3000, 'x');
            assertEquals(1024, file.write(data, 0));
            var e = assertThrows(IOException.class, () -> file.write(data, 1024));
            assertEquals("/f: No space left on device", e.getMessage());
            file.truncate(512);
            assertEquals(512, file.write(data, 512));
        }
    }

    @Test
    void filesThatAreNotThereOrAreThere() throws IOException {
        try (var sim = Sim.of(1)) {
            Path path = sim.disk().path("/f");
            assertThrows(NoSuchFileException.class, () -> FileChannel.open(path));
            Files.createFile(path);
            assertThrows(FileAlreadyExistsException.class, () -> Files.createFile(path));
            assertTrue(Files.exists(path));
            Files.delete(path);
            assertFalse(Files.exists(path));
            assertThrows(NoSuchFileException.class, () -> Files.createFile(sim.disk().path("/no/f")));
        }
    }

    @Test
    void anOperationByItsNumberFails() throws IOException {
        try (var sim = Sim.of(1); var file = FileChannel.open(sim.disk().path("/f"), NEW)) {
            file.write(filled(10, 'a'), 0);
            long before = sim.disk().operations();
            var wanted = new IOException("EIO");
            sim.disk().failAt(before + 2, wanted);
            file.write(filled(10, 'b'), 0);
            assertEquals(wanted, assertThrows(IOException.class, () -> file.read(filled(10, 'c'), 0)));
            assertEquals(10, file.read(filled(10, 'c'), 0));
            assertEquals(before + 3, sim.disk().operations());
            var refused = assertThrows(IllegalArgumentException.class,
                    () -> sim.disk().failAt(before + 3, wanted));
            assertEquals("operation " + (before + 3) + " to fail, when " + (before + 3)
                    + " were tried already; count from there", refused.getMessage());
        }
    }

    @SimTest(seeds = 100)
    void errorsByChance(Sim sim) throws IOException {
        try (var bad = Sim.of(sim.seed(), SimOptions.DEFAULT.withFileError(1));
                var file = FileChannel.open(bad.disk().path("/f"), NEW)) {
            var e = assertThrows(IOException.class, () -> file.write(ByteBuffer.allocate(1), 0));
            assertEquals("/f: Input/output error", e.getMessage());
        }
    }

    /** A log that forces before it says that it has: nothing that it said is lost, on any seed. */
    @SimTest(seeds = 1000)
    void aLogThatForcesLosesNothing(Sim sim) throws IOException {
        assertEquals(List.of(), lostBy(sim, true));
    }

    /** One that does not is caught. */
    @Test
    void aLogThatForgetsToForceIsCaught() throws IOException {
        for (int seed = 0; seed < 1000; seed++) {
            try (var sim = Sim.of(seed)) {
                if (!lostBy(sim, false).isEmpty()) return;
            }
        }
        throw new AssertionError("not caught");
    }

    private static List<Integer> lostBy(Sim sim, boolean forces) throws IOException {
        Path path = sim.disk().path("/log");
        int said = 0;
        try (var log = FileChannel.open(path, NEW)) {
            forceNames(sim);
            int records = sim.random().nextInt(10);
            for (int i = 0; i < records; i++) {
                log.write(filled(100, (char) ('a' + i)), i * 100L);
                if (forces) log.force(false);
                said++;
            }
        }
        sim.disk().crash();
        byte[] left = Files.readAllBytes(path);
        int there = said;
        for (int i = said; i-- > 0; ) {
            int end = (i + 1) * 100;
            boolean whole = left.length >= end && left[end - 100] == 'a' + i && left[end - 1] == 'a' + i;
            if (!whole) there = i;
        }
        return IntStream.range(there, said).boxed().toList();
    }
}
