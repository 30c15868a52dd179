package dev.pirn.block;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files of raw images, as things to make, to change the length of, and to ask what they take. All block. */
public final class RawImages {
    private static final int CHUNK_SIZE = 1 << 20;
    private static final int STORED_UNIT = 512;
    // struct statx, which is the same on every architecture.
    private static final int AT_FDCWD = -100;
    private static final int STATX_BLOCKS = 0x400;
    private static final long STATX_SIZE = 256;
    private static final long STATX_BLOCKS_AT = 48;

    private RawImages() { }

    /**
     * Makes an image of {@code size} bytes that reads as zeroes. What was in a file of that name is lost.
     *
     * @param how not {@link Preallocation#METADATA}: a raw image has none
     * @throws NoSpaceException if there is no room for what is to be stored
     * @throws IOException if the file cannot be made; it may be there then, and shorter
     */
    @NoCoroutineFn
    public static void create(Path path, long size, Preallocation how) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
        resize(path, size, how);
    }

    /**
     * Makes {@code path} as long as {@code size}: what is added reads as zeroes, what is cut off is lost.
     *
     * @param how what is stored of that which is added
     * @throws IOException as {@link #create}; any length between the old one and {@code size} may be left
     */
    @NoCoroutineFn
    public static void resize(Path path, long size, Preallocation how) throws IOException {
        if (size < 0) throw new IllegalArgumentException(path + ": resized to " + size + " bytes");
        if (how == Preallocation.METADATA) {
            throw new IllegalArgumentException(path + ": a raw image has no metadata to preallocate");
        }
        if (Files.notExists(path)) throw new NoSuchFileException(path.toString());
        // Not a channel, which makes a file longer by writing to it alone.
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            long before = file.length();
            if (size <= before || how == Preallocation.OFF) {
                file.setLength(size);
            } else if (how == Preallocation.FULL || !allocate(path, before, size - before)) {
                fill(file.getChannel(), before, size);
            }
        } catch (IOException e) {
            throw NoSpaceException.orElse(path, e);
        }
    }

    private static void fill(FileChannel file, long from, long to) throws IOException {
        var zeroes = ByteBuffer.allocateDirect(CHUNK_SIZE);
        for (long at = from; at < to; ) {
            at += file.write(zeroes.clear().limit((int) Math.min(CHUNK_SIZE, to - at)), at);
        }
        file.force(false);
    }

    /** False if the system cannot. */
    private static boolean allocate(Path path, long offset, long length) throws IOException {
        if (!LinuxFile.isAvailable() || path.getFileSystem() != FileSystems.getDefault()) return false;
        var file = LinuxFile.open(path, false);
        try {
            int failed = -file.allocate(0, offset, length); // Mode 0 makes the file longer, too.
            if (failed == Errno.EOPNOTSUPP || failed == Errno.ENOSYS) return false;
            if (failed == 0) return true;
            throw Errno.of("%s: fallocate of [%d, +%d)".formatted(path, offset, length), failed);
        } finally {
            file.close();
        }
    }

    /**
     * How many bytes the file system stores for a file: fewer than its length where it has holes, and a few
     * more for whole blocks ({@code st_blocks}).
     *
     * @return below zero if the system does not tell
     * @throws IOException if there is no such file
     */
    @NoCoroutineFn
    public static long stored(Path path) throws IOException {
        if (Files.notExists(path)) throw new NoSuchFileException(path.toString());
        if (!LinuxFile.isAvailable() || path.getFileSystem() != FileSystems.getDefault()) return -1;
        try (var arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_SIZE, Long.BYTES);
            int result = Libc.statx(LinuxFile.state(), AT_FDCWD, arena.allocateFrom(path.toString()), 0,
                    STATX_BLOCKS, statx);
            return result < 0 ? -1 : statx.get(ValueLayout.JAVA_LONG, STATX_BLOCKS_AT) * STORED_UNIT;
        }
    }
}
