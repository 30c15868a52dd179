package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pirn.Completion;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done on the loop's thread, what by a pool or a ring, and that the bytes are always the same. */
@ParameterizedClass
@MethodSource("dev.pirn.block.Engines#available")
class NativeFileTest {
    private static final int SIZE = 1 << 20;
    private static final long EAGAIN = -Errno.EAGAIN;
    private static final long EINTR = -Errno.EINTR;
    private static final long EIO = -Errno.EIO;
    private static final long ENOSPC = -Errno.ENOSPC;
    private static final long EOPNOTSUPP = -Errno.EOPNOTSUPP;

    @Parameter
    private Engine engine;
    @TempDir
    private Path dir;
    private Path image;
    private byte[] content;
    private FaultyFile file;

    private interface Use {
        void with(BlockDevice disk) throws Exception;
    }

    @BeforeEach
    void makeImage() throws IOException {
        assumeTrue(LinuxFile.isAvailable());
        content = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) content[i] = (byte) (i * 7 + (i >> 8) + 1);
        image = Files.write(dir.resolve("disk"), content);
        file = new FaultyFile(LinuxFile.open(image, false));
    }

    private void with(boolean writesInPool, Use use) throws Exception {
        try (var pool = ThreadPool.of("disk", 1)) {
            var io = Engines.cached(engine, pool);
            var driver = new RawDriver(NativeFile.cached(image, file, io, pool, writesInPool),
                    RawOptions.DEFAULT);
            try (var disk = new BlockDevice("disk", driver, false)) {
                Loops.run(() -> use.with(disk));
            }
        }
    }

    private void with(Use use) throws Exception {
        with(false, use);
    }

    private void assertReads(BlockDevice disk, int offset, int length) throws Exception {
        MemorySegment target = Loops.filled(length, 0x55);
        disk.read(offset, target);
        assertEquals(-1, target.mismatch(MemorySegment.ofArray(content)
                .asSlice(offset, length)), () -> "bytes read at " + offset);
    }

    private void writes(BlockDevice disk, int offset, int length) throws Exception {
        disk.write(offset, Loops.filled(length, 0x66), false);
        Arrays.fill(content, offset, offset + length, (byte) 0x66);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void readOfWhatIsInThePageCache() throws Exception {
        with(disk -> assertReads(disk, 100, 5000));
        assertEquals(List.of("readHere 5000 NOWAIT = 5000"), file.trace);
    }

    @Test
    void readThatWouldWaitGoesToThePool() throws Exception {
        file.here.add(EAGAIN);
        with(disk -> {
            assertReads(disk, 100, 5000);
            assertReads(disk, 0, 1); // And the next one is tried again.
        });
        assertEquals(List.of("readHere 5000 NOWAIT = -11", "read 5000 = 5000", "readHere 1 NOWAIT = 1"),
                file.trace);
    }

    @Test
    void readWhoseFirstHalfIsInThePageCache() throws Exception {
        file.here.addAll(List.of(3000L, 1000L, EAGAIN));
        file.async.addAll(List.of(10L, EINTR));
        with(disk -> assertReads(disk, 100, 5000));
        assertEquals(List.of("readHere 5000 NOWAIT = 3000", "readHere 2000 NOWAIT = 1000",
                "readHere 1000 NOWAIT = -11", "read 1000 = 10", "read 990 = -4", "read 990 = 990"),
                file.trace);
    }

    @Test
    void fileSystemThatKnowsNoNowait() throws Exception {
        file.here.add(EOPNOTSUPP);
        with(disk -> {
            assertReads(disk, 100, 5000);
            assertReads(disk, 0, 10);
        });
        assertEquals(List.of("readHere 5000 NOWAIT = -95", "read 5000 = 5000", "read 10 = 10"), file.trace);
    }

    /** Does the same by another loop, in a thread of its own, and waits for it. */
    private static void inAnotherLoop(Loops.Use use, BlockDevice disk) {
        var outcome = CompletableFuture.runAsync(() -> {
            try {
                Loops.run(() -> use.with(disk));
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        outcome.join();
    }

    @Test
    void twoLoopsThatAreRefusedNowaitAtATimeGoOnWritingHere() throws Exception {
        file.here.addAll(List.of(EOPNOTSUPP, EOPNOTSUPP));
        with(disk -> {
            Loops.Use write = there -> there.write(0, Loops.filled(4096, 0x66), false);
            file.meanwhile = () -> inAnotherLoop(write, disk);
            write.with(disk);
        });
        assertEquals(List.of("writeHere 4096 NOWAIT = -95", "writeHere 4096 = 4096",
                "writeHere 4096 NOWAIT = -95", "writeHere 4096 = 4096"), file.trace);
    }

    @Test
    void twoLoopsThatAreRefusedNowaitAtATimeGoOnReadingAFileInMemoryHere() throws Exception {
        file.inMemory = true;
        file.here.addAll(List.of(EOPNOTSUPP, EOPNOTSUPP));
        with(disk -> {
            file.meanwhile = () -> inAnotherLoop(there -> assertReads(there, 0, 10), disk);
            assertReads(disk, 0, 10);
        });
        assertEquals(List.of("readHere 10 NOWAIT = -95", "readHere 10 = 10",
                "readHere 10 NOWAIT = -95", "readHere 10 = 10"), file.trace);
    }

    @Test
    void fileSystemInMemoryThatKnowsNoNowait() throws Exception {
        file.inMemory = true;
        file.here.add(EOPNOTSUPP);
        with(disk -> {
            assertReads(disk, 100, 5000);
            assertReads(disk, 0, 10);
            writes(disk, 1, 10);
        });
        assertEquals(List.of("readHere 5000 NOWAIT = -95", "readHere 5000 = 5000", "readHere 10 = 10",
                "writeHere 10 NOWAIT = 10"), file.trace);
    }

    @Test
    void readTooLongForTheLoop() throws Exception {
        with(disk -> assertReads(disk, 1, NativeFile.HERE_SIZE_MAX + 1));
        assertEquals(List.of("read 262145 = 262145"), file.trace);
    }

    @Test
    void errorsSayWhichCallAndErrno() throws Exception {
        file.here.addAll(List.of(EIO, EIO));
        file.async.addAll(List.of(EIO, EIO));
        with(disk -> {
            var read = assertThrows(IOException.class, () -> assertReads(disk, 5, 10));
            assertEquals(image + ": read of [5, +10): Input/output error (errno 5)", read.getMessage());
            var write = assertThrows(IOException.class, () -> writes(disk, 5, 10));
            assertEquals(image + ": write of [5, +10): Input/output error (errno 5)", write.getMessage());
        });
    }

    @Test
    void fullDiskIsToldFromABrokenOne() throws Exception {
        file.here.add(ENOSPC);
        file.async.add(ENOSPC);
        file.flushed = -Errno.EDQUOT;
        with(disk -> {
            var write = assertThrows(NoSpaceException.class, () -> writes(disk, 0, 4096));
            assertEquals(image + ": write of [0, +4096): No space left on device (errno 28)",
                    write.getMessage());
            assertThrows(NoSpaceException.class, disk::flush);
        });
    }

    @Test
    void truncatedBelowUs() throws Exception {
        with(disk -> {
            try (var channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
                channel.truncate(1000);
            }
            assertReads(disk, 0, 1000);
            var ends = assertThrows(EOFException.class, () -> Loops.read(disk, 900, 101));
            assertTrue(ends.getMessage().contains("ends 1 bytes before"), ends.getMessage());
            assertThrows(IOException.class, () -> writes(disk, 900, 101));
            assertEquals(1000, Files.size(image));
        });
    }

    @Test
    void writeOfWholePagesWhereNowaitIsUnknown() throws Exception {
        file.here.add(EOPNOTSUPP);
        with(disk -> {
            writes(disk, 4096, 8192);
            writes(disk, 8192, 4096);
        });
        assertEquals(List.of("writeHere 8192 NOWAIT = -95", "writeHere 8192 = 8192", "writeHere 4096 = 4096"),
                file.trace);
    }

    /** The rest of the page might have to be read from the disk first. */
    @Test
    void writeOfPartsOfPagesWhereNowaitIsUnknown() throws Exception {
        file.here.add(EOPNOTSUPP);
        with(disk -> {
            writes(disk, 4096, 100);
            writes(disk, 100, 4096);
        });
        assertEquals(List.of("writeHere 100 NOWAIT = -95", "write 100 = 100", "write 4096 = 4096"),
                file.trace);
    }

    @Test
    void writeThatWouldWaitGoesToThePool() throws Exception {
        file.here.addAll(List.of(1000L, EAGAIN));
        file.async.addAll(List.of(EINTR, 96L));
        with(disk -> writes(disk, 0, 4096));
        assertEquals(List.of("writeHere 4096 NOWAIT = 1000", "writeHere 3096 NOWAIT = -11",
                "write 3096 = -4", "write 3096 = 96", "write 3000 = 3000"), file.trace);
    }

    @Test
    void writesThatAreToBeInThePool() throws Exception {
        with(true, disk -> writes(disk, 0, 4096));
        assertEquals(List.of("write 4096 = 4096"), file.trace);
    }

    @Test
    void memoryOnTheHeap() throws Exception {
        with(disk -> {
            byte[] bytes = new byte[SIZE];
            disk.read(0, MemorySegment.ofArray(bytes));
            assertArrayEquals(content, bytes);
            Arrays.fill(bytes, (byte) 9);
            disk.write(1, MemorySegment.ofArray(bytes).asSlice(0, SIZE - 1), false);
            Arrays.fill(content, 1, SIZE, (byte) 9);
            assertArrayEquals(content, Files.readAllBytes(image));
        });
    }

    @Test
    void memoryThatWasFreed() throws Exception {
        with(disk -> {
            MemorySegment freed;
            try (var arena = Arena.ofShared()) {
                freed = arena.allocate(10);
            }
            assertThrows(IllegalStateException.class, () -> disk.read(0, freed));
        });
        assertEquals(List.of(), file.trace);
    }

    @Test
    void whoDoesWhatMayWait() throws Exception {
        file.here.addAll(List.of(EAGAIN, EAGAIN));
        with(disk -> {
            assertReads(disk, 100, 5000);
            writes(disk, 0, 4096); // ext4 and most others know no asynchronous write to the page cache.
            disk.flush();
            assertReads(disk, 0, NativeFile.HERE_SIZE_MAX + 1); // Copied, so not by the loop's thread.
        });
        assertEquals(engine == Engine.URING ? 2 : 0, file.byRing, "the first read, and the flush");
    }

    /** The cold read is held until somebody else has read a thousand times. */
    @Test
    void coldReadStallsNobodyElse() throws Exception {
        with(disk -> {
            EventLoop loop = EventLoop.current();
            file.here.add(EAGAIN);
            file.hold();
            var cold = new Completion<byte[]>();
            loop.start("cold", () -> cold.complete(Loops.read(disk, 4096, 4096)));
            var begun = new Completion<Void>();
            loop.execute(() -> loop.execute(() -> begun.complete(null))); // It has asked by then.
            begun.await();
            for (int i = 0; i < 1000; i++) assertReads(disk, i * 512, 512);
            assertFalse(cold.isDone());
            file.release();
            assertArrayEquals(Arrays.copyOfRange(content, 4096, 8192), cold.await());
        });
        assertEquals(List.of("readHere 4096 NOWAIT = -11", "read 4096 = 4096"),
                file.trace.stream().filter(each -> each.contains("4096")).toList());
    }

    /** It would open, for reading, and even have a size. */
    @Test
    void directoryIsNoDisk() {
        var refused = assertThrows(FileSystemException.class, () -> LinuxFile.open(dir, true));
        assertEquals(dir + ": Is a directory", refused.getMessage());
        assertThrows(FileSystemException.class, () -> LinuxFile.open(dir, false));
    }
}
