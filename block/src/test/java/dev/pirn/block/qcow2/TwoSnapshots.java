package dev.pirn.block.qcow2;

import dev.pirn.CoroutineEntry;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * An image of 1 MiB, of which 100,000 bytes are 7, with two snapshots, "one" and "two".
 *
 * @param table where their table stands; entries of 72 bytes each
 * @param l1 where the L1 table of the disk in use stands
 */
record TwoSnapshots(Path path, ThreadPool pool, long table, long l1) implements AutoCloseable {
    static final int CLUSTER_SIZE = 1 << 16;
    static final int ENTRY_SIZE = 72;
    static final int WRITTEN = 100_000;
    static final Instant DATE = Instant.ofEpochSecond(1_700_000_000, 5);

    /** It takes some twenty flushes: made once. */
    private static byte[] made;

    static TwoSnapshots make(Path path) throws Exception {
        var pool = ThreadPool.of("disk", 2);
        if (made == null) {
            make(path, pool);
            made = Files.readAllBytes(path);
        }
        Files.write(path, made);
        ByteBuffer header = ByteBuffer.wrap(made);
        return new TwoSnapshots(path, pool, header.getLong(64), header.getLong(40));
    }

    private static void make(Path path, ThreadPool pool) throws Exception {
        run(() -> {
            new Qcow2Creation(1 << 20).create(path, pool);
            try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                image.write(0, filled(WRITTEN));
                image.snapshots().create("one", DATE);
                image.snapshots().create("two", Instant.EPOCH);
            }
        });
    }

    static void run(CoroutineEntry body) throws Exception {
        try (var loop = EventLoop.open("test")) {
            loop.run("test", () -> {
                body.run();
                return null;
            });
        }
    }

    static MemorySegment filled(int length) {
        return Arena.ofAuto().allocate(length).fill((byte) 7);
    }

    void patch(long at, Object value) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            switch (value) {
                case Integer i -> file.writeInt(i);
                case Short i -> file.writeShort(i);
                case Long i -> file.writeLong(i);
                default -> throw new AssertionError(value);
            }
        }
    }

    byte[] bytes(long at, int length) throws IOException {
        byte[] bytes = new byte[length];
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(at);
            file.readFully(bytes);
        }
        return bytes;
    }

    @Override
    public void close() {
        pool.close();
    }
}
