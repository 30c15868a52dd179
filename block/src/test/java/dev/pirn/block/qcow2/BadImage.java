package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Loops;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An image in a file that a test damages by hand; registered as an extension of JUnit, each test gets a new
 * one. Of clusters of 4 KiB, unless made otherwise:
 *
 * <pre>
 *   0 header │ 1 refcount table │ 2 refcount block │ 3 L1 │ 4 L2 │ 5 … data
 * </pre>
 *
 * <p>Whatever is in it, nothing that is done with it takes more than a second of the processor; for memory,
 * see {@link SmallMemoryTest}.
 */
final class BadImage implements BeforeEachCallback, AfterEachCallback {
    static final int CLUSTER = 4096;
    static final long TABLE = CLUSTER;
    static final long BLOCK = 2 * CLUSTER;
    static final long L1 = 3 * CLUSTER;
    static final long L2 = 4 * CLUSTER;
    static final long DATA = 5 * CLUSTER;
    static final long COPIED = 1L << 63;
    static final int SIZE = 1 << 20;
    /** Of guest data, all ones, from the begin of the disk on. */
    static final int FILLED = 10 * CLUSTER;
    private static final Qcow2Options READ =
            Qcow2Options.DEFAULT.asReadOnly().withFollow(Follow.NOTHING);

    /** The file; and the folder is the test's. */
    Path path;
    private ThreadPool pool;

    /** What a test does. */
    interface Body<T> {
        @CoroutineFn
        T run() throws IOException;
    }

    @Override
    public void beforeEach(ExtensionContext test) throws Exception {
        path = InMemory.folder().resolve("bad.qcow2");
        pool = ThreadPool.of("disk", 2);
        make(ordinary());
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        pool.close();
        try (var files = Files.list(path.getParent())) {
            for (Path each : files.toList()) Files.delete(each);
        }
        Files.delete(path.getParent());
    }

    static Qcow2Creation ordinary() {
        return new Qcow2Creation(SIZE).clusterSize(CLUSTER);
    }

    /** Makes another one in its place. */
    BadImage make(Qcow2Creation creation) throws Exception {
        in(() -> {
            creation.create(path, pool);
            try (var disk = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                disk.write(0, Arena.ofAuto().allocate(FILLED).fill((byte) 1));
                disk.flush();
            }
            return null;
        });
        assertTrue(check().isClean());
        return this;
    }

    <T> T in(Body<T> body) throws Exception {
        var result = new Object[1];
        Frugal.run(() -> Loops.run(() -> result[0] = body.run()));
        @SuppressWarnings("unchecked")
        T typed = (T) result[0];
        return typed;
    }

    private void write(long at, ByteBuffer bytes) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.write(bytes, at);
        }
    }

    BadImage set64(long at, long value) throws IOException {
        write(at, ByteBuffer.allocate(8).putLong(value).flip());
        return this;
    }

    BadImage set32(long at, int value) throws IOException {
        write(at, ByteBuffer.allocate(4).putInt(value).flip());
        return this;
    }

    BadImage set16(long at, int value) throws IOException {
        write(at, ByteBuffer.allocate(2).putShort((short) value).flip());
        return this;
    }

    BadImage setBytes(long at, byte... bytes) throws IOException {
        write(at, ByteBuffer.wrap(bytes));
        return this;
    }

    long get64(long at) throws IOException {
        var bytes = ByteBuffer.allocate(8);
        try (var file = FileChannel.open(path)) {
            file.read(bytes, at);
        }
        return bytes.getLong(0);
    }

    BadImage cut(long size) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(size);
        }
        return this;
    }

    /** Makes the file longer, by a hole. */
    BadImage grow(long size) throws IOException {
        return setBytes(size - 1, (byte) 0);
    }

    CheckReport check() throws Exception {
        return in(() -> Qcow2Check.check(path, pool));
    }

    CheckReport repair(Repair what) throws Exception {
        return in(() -> Qcow2Check.repair(path, what, pool));
    }

    /** Repairs all, and says that then nothing is wrong, also to who looks again or opens it. */
    CheckReport repaired() throws Exception {
        CheckReport report = repair(Repair.ALL);
        assertTrue(report.isClean(), report.toString());
        assertEquals(report.allocatedClusters(), check().allocatedClusters());
        assertTrue(check().isClean());
        read(0, CLUSTER);
        return report;
    }

    /** The image is refused with a message that has these parts, by who reads and by who checks. */
    void refusedByAll(String... parts) throws Exception {
        refused(parts);
        has(assertThrows(BadImageException.class, this::check), parts);
        has(assertThrows(BadImageException.class, () -> repair(Repair.ALL)), parts);
    }

    /** The image is refused by who reads. */
    void refused(String... parts) throws Exception {
        has(assertThrows(BadImageException.class, () -> read(0, CLUSTER)), parts);
    }

    private static void has(Exception e, String... parts) {
        for (String each : parts) assertTrue(e.getMessage().contains(each), e.getMessage());
    }

    /** The image is read, and the bytes from {@code offset} on. */
    byte[] read(long offset, int length) throws Exception {
        MemorySegment bytes = Arena.ofAuto().allocate(length);
        in(() -> {
            try (var disk = Qcow2Image.open(path, READ, pool)) {
                disk.read(offset, bytes);
            }
            return null;
        });
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    /** What was written when it was made is read. */
    void dataIsThere() throws Exception {
        byte[] ones = new byte[FILLED];
        Arrays.fill(ones, (byte) 1);
        assertArrayEquals(ones, read(0, FILLED));
    }

    <T> T with(Qcow2Options how, java.util.function.Function<Qcow2Image, T> use) throws Exception {
        return in(() -> {
            try (var disk = Qcow2Image.open(path, how, pool)) {
                return use.apply(disk);
            }
        });
    }

    ThreadPool pool() {
        return pool;
    }
}
