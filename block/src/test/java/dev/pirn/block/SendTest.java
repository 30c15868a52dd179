package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pirn.aio.ThreadPool;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges of the page cache that are sent, and what becomes of them when they leave it, or the disk fails. */
class SendTest {
    private static final int PIECE = NativeFile.SEND_SIZE_MAX;
    private static final int SIZE = 3 * PIECE + 5;
    private static final long LONG_AGO_NANOS = TimeUnit.HOURS.toNanos(1);

    @TempDir
    private Path dir;
    private final byte[] content = new byte[SIZE];
    private Path image;
    private FaultyFile file;
    private final Sink sink = new Sink();

    /** Takes all, and remembers in what pieces it came. */
    private static final class Sink implements FileSink {
        final List<String> pieces = new ArrayList<>();
        final ByteBuffer bytes = ByteBuffer.allocate(SIZE);

        @Override
        public void take(FileChannel file, long position, long length) throws IOException {
            pieces.add(position + " +" + length);
            ByteBuffer target = bytes.slice(bytes.position(), (int) length);
            while (target.hasRemaining()) {
                if (file.read(target, position + target.position()) < 0) throw new EOFException();
            }
            bytes.position(bytes.position() + (int) length);
        }
    }

    @BeforeEach
    void makeImage() throws IOException {
        assumeTrue(LinuxFile.isAvailable());
        for (int i = 0; i < SIZE; i++) content[i] = (byte) (i * 7 + (i >> 8) + 1);
        image = Files.write(dir.resolve("disk"), content);
        file = new FaultyFile(LinuxFile.open(image, false));
    }

    private void with(Loops.Use use) throws Exception {
        try (var pool = ThreadPool.of("disk", 1)) {
            var driver = new RawDriver(NativeFile.cached(image, file, new PoolIo(pool), pool, false),
                    RawOptions.DEFAULT);
            try (var disk = new BlockDevice("disk", driver, false)) {
                Loops.run(() -> use.with(disk));
            }
        }
    }

    private void assertSent(int offset, int length) {
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + length),
                Arrays.copyOf(sink.bytes.array(), sink.bytes.position()));
    }

    @Test
    void whatIsInThePageCacheIsSentFromThere() throws Exception {
        with(disk -> {
            assertTrue(disk.canSend(1, SIZE - 1));
            disk.send(1, SIZE - 1, System.nanoTime(), sink);
        });
        assertEquals(List.of("1 +" + PIECE, (PIECE + 1) + " +" + PIECE, (2 * PIECE + 1) + " +" + PIECE,
                (3 * PIECE + 1) + " +4"), sink.pieces);
        assertSent(1, SIZE - 1);
        assertEquals("isCached " + (SIZE - 1) + " = 1", file.trace.getFirst());
    }

    @Test
    void whatWasSaidLongAgoIsAskedAgain() throws Exception {
        with(disk -> disk.send(0, 10, System.nanoTime() - LONG_AGO_NANOS, sink));
        assertEquals(List.of("isCached 10 = 1"), file.trace);
        assertSent(0, 10);
    }

    @Test
    void whatHasLeftThePageCacheIsReadByThePoolFirst() throws Exception {
        file.evicted = true;
        with(disk -> {
            assertFalse(disk.canSend(7, 10));
            disk.send(7, PIECE + 10, System.nanoTime() - LONG_AGO_NANOS, sink);
        });
        assertEquals(List.of("isCached 10 = 0", "isCached " + PIECE + " = 0", "read " + PIECE + " = " + PIECE,
                "isCached 10 = 0", "read 10 = 10"), file.trace);
        assertSent(7, PIECE + 10);
    }

    @Test
    void diskThatFailsBehindTheFirstPiece() throws Exception {
        file.evicted = true;
        file.async.addAll(List.of((long) PIECE, (long) -Errno.EIO));
        with(disk -> {
            var e = assertThrows(IOException.class,
                    () -> disk.send(0, SIZE, System.nanoTime() - LONG_AGO_NANOS, sink));
            String where = image + ": read of [%d, +%d): ".formatted(PIECE, PIECE);
            assertTrue(e.getMessage().startsWith(where) && e.getMessage().endsWith("(errno 5)"),
                    e.getMessage());
        });
        assertEquals(List.of("0 +" + PIECE), sink.pieces);
    }

    /** The descriptor is what is served, whatever the name means by now. */
    @Test
    void fileThatWasReplaced() throws Exception {
        Files.delete(image);
        Files.write(image, new byte[SIZE]);
        with(disk -> {
            assertTrue(disk.canSend(0, 100));
            disk.send(0, 100, System.nanoTime(), sink);
        });
        assertSent(0, 100);
    }

    @Test
    void fileThatWasShortenedHasNoPagesBehindItsEnd() throws Exception {
        with(disk -> {
            try (var shorter = Files.newByteChannel(image, StandardOpenOption.WRITE)) {
                shorter.truncate(PIECE);
            }
            assertTrue(disk.canSend(0, PIECE));
            assertFalse(disk.canSend(0, SIZE));
            assertThrows(EOFException.class,
                    () -> disk.send(0, SIZE, System.nanoTime() - LONG_AGO_NANOS, sink));
        });
        assertSent(0, PIECE);
    }

    @Test
    void rangeOutsideTheDisk() throws Exception {
        with(disk -> {
            assertThrows(IllegalArgumentException.class, () -> disk.canSend(1, SIZE));
            assertThrows(IllegalArgumentException.class, () -> disk.send(-1, 1, 0, sink));
            assertFalse(disk.canSend(SIZE, 0));
            disk.send(SIZE, 0, 0, sink);
        });
        assertEquals(List.of(), sink.pieces);
    }

    @Test
    void withoutNativeAccessNothingIsSent() throws Exception {
        Loops.withDisk(image, RawOptions.DEFAULT, Setup.JDK, disk -> {
            assertFalse(disk.canSend(0, 1));
            assertThrows(IllegalStateException.class, () -> disk.send(0, 1, 0, sink));
        });
        file.close();
    }
}
