package dev.pirn.block;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file of Linux, by way of libc. */
final class LinuxFile implements Descriptor {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_DIRECT = switch (System.getProperty("os.arch")) {
        case "aarch64", "arm" -> 0x10000;
        case "ppc64", "ppc64le" -> 0x20000;
        default -> 0x4000;
    };
    private static final int SEEK_END = 2;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_DIOALIGN = 0x2000;
    private static final int STATX_SIZE = 256;
    private static final int STATX_DIO_MEMORY = 152;
    private static final int STATX_DIO_OFFSET = 156;
    private static final int POSIX_FADV_WILLNEED = 3;
    /** More than {@code struct statfs} has on any architecture; its first word is the type. */
    private static final int STATFS_SIZE = 512;
    private static final long TMPFS_MAGIC = 0x01021994;
    private static final long RAMFS_MAGIC = 0x858458f6L;

    private final int fd;
    private final boolean inMemory;
    /** Null where the system does not tell, or where there are none. */
    private final CachedPages pages;

    /** What a thread's calls need: where errno is put, and one struct iovec. No call is left half done. */
    private record Scratch(MemorySegment state, MemorySegment vector) {
        static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(() -> new Scratch(
                Arena.ofAuto().allocate(Libc.STATE), Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES)));

        static Scratch get() {
            return OF_THREAD.get();
        }

        /** With the vector of {@code length} bytes at {@code address}. */
        static Scratch of(long address, long length) {
            Scratch scratch = get();
            scratch.vector.set(ValueLayout.JAVA_LONG, 0, address);
            scratch.vector.set(ValueLayout.JAVA_LONG, Long.BYTES, length);
            return scratch;
        }
    }

    private LinuxFile(int fd, boolean direct) {
        this.fd = fd;
        this.inMemory = isInMemory(fd);
        this.pages = direct ? null : CachedPages.of(fd);
    }

    /**
     * True on 64-bit Linux, if the user allowed this module native access: the JVM prints no warning then.
     */
    static boolean isAvailable() {
        return LinuxFile.class.getModule().isNativeAccessEnabled()
                && System.getProperty("os.name").equals("Linux")
                && ValueLayout.ADDRESS.byteSize() == Long.BYTES;
    }

    /**
     * Opens {@code path}, which must be of the default file system. Blocks.
     *
     * @throws IOException if it cannot be opened as asked, or is a directory
     */
    @NoCoroutineFn
    static LinuxFile open(Path path, boolean readOnly) throws IOException {
        var file = new LinuxFile(openDescriptor(path, readOnly), false);
        // A directory opens, for reading; what it cannot stand is a read, be it of nothing.
        long errno = -Libc.readNothing(state(), file.fd);
        if (errno == 0) return file;
        file.close();
        throw Errno.ofOpen(path, (int) errno);
    }

    /**
     * Opens the same file once more, past the page cache. Blocks.
     *
     * @throws UnsupportedOptionException if its file system has no such way
     */
    @NoCoroutineFn
    LinuxFile reopenDirect(Path path, boolean readOnly) throws IOException {
        // Not by its name, which may be another file's by now.
        int flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_DIRECT;
        int again = openDescriptor("/proc/self/fd/" + fd, flags);
        if (again == -Errno.EINVAL) throw noDirect(path);
        if (again < 0) throw Errno.ofOpen(path, -again);
        return new LinuxFile(again, true);
    }

    private static UnsupportedOptionException noDirect(Path path) {
        return new UnsupportedOptionException(CacheMode.NONE, path + ": its file system has no O_DIRECT");
    }

    /**
     * What a file that was opened past the page cache wants: as the kernel says, or as it takes it.
     *
     * @throws UnsupportedOptionException if there is no such way after all
     */
    @NoCoroutineFn
    Alignment alignment(Path path) throws UnsupportedOptionException {
        try (var arena = Arena.ofConfined()) {
            Alignment told = alignmentTold(arena);
            if (told != null && told.offset() == 0) throw noDirect(path);
            if (told != null && Math.max(told.memory(), told.offset()) <= Alignment.MAX) return told;
            MemorySegment memory = arena.allocate(Alignment.MAX, Alignment.MAX);
            for (int size = Alignment.MIN; size < Alignment.MAX; size *= 2) {
                // At an address that is no multiple of more, for who wants more may want it of memory too.
                long result = read(memory.asSlice(size, size), size);
                if (result >= 0) return new Alignment(size, size);
            }
            return new Alignment(Alignment.MAX, Alignment.MAX);
        }
    }

    /** By {@code statx}; null if it does not tell, as before Linux 6.1. */
    private Alignment alignmentTold(Arena arena) {
        MemorySegment statx = arena.allocate(STATX_SIZE, Long.BYTES);
        int result = Libc.statx(state(), fd, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_DIOALIGN, statx);
        boolean told = result == 0 && (statx.get(ValueLayout.JAVA_INT, 0) & STATX_DIOALIGN) != 0;
        return !told ? null : new Alignment(statx.get(ValueLayout.JAVA_INT, STATX_DIO_MEMORY),
                statx.get(ValueLayout.JAVA_INT, STATX_DIO_OFFSET));
    }

    /** A descriptor that is the caller's to close, by {@link #close(int)}. Blocks. */
    @NoCoroutineFn
    static int openDescriptor(Path path, boolean readOnly) throws IOException {
        int fd = openDescriptor(path.toString(), (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
        if (fd < 0) throw Errno.ofOpen(path, -fd);
        return fd;
    }

    static int openDescriptor(String path, int flags) {
        try (var arena = Arena.ofConfined()) {
            return Libc.open(state(), arena.allocateFrom(path), flags);
        }
    }

    private static boolean isInMemory(int fd) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment statfs = arena.allocate(STATFS_SIZE, Long.BYTES);
            int result = Libc.fstatfs(state(), fd, statfs);
            long type = statfs.get(ValueLayout.JAVA_LONG, 0);
            return result == 0 && (type == TMPFS_MAGIC || type == RAMFS_MAGIC);
        }
    }

    @Override
    public long readHere(long address, long length, long offset, int flags) {
        Scratch scratch = Scratch.of(address, length);
        return Libc.preadv2(scratch.state, fd, scratch.vector, offset, flags);
    }

    @Override
    public long writeHere(long address, long length, long offset, int flags) {
        Scratch scratch = Scratch.of(address, length);
        return Libc.pwritev2(scratch.state, fd, scratch.vector, offset, flags);
    }

    @Override
    public long size() {
        return seek(0, SEEK_END);
    }

    /** Moves the file's position, which nobody uses. */
    @Override
    public long seek(long offset, int whence) {
        return Libc.lseek(state(), fd, offset, whence);
    }

    @Override
    public long read(MemorySegment target, long offset) {
        return Libc.pread(state(), fd, target, offset);
    }

    @Override
    public long write(MemorySegment source, long offset) {
        return Libc.pwrite(state(), fd, source, offset);
    }

    @Override
    public boolean isCached(long offset, long length) {
        return pages != null && pages.isCached(offset, length);
    }

    @Override
    public FileChannel channel() {
        return pages.channel();
    }

    @Override
    public int flush() {
        return Libc.fdatasync(state(), fd);
    }

    @Override
    public int truncate(long size) {
        return Libc.ftruncate(state(), fd, size);
    }

    @Override
    public int allocate(int mode, long offset, long length) {
        return Libc.fallocate(state(), fd, mode, offset, length);
    }

    @Override
    public void willNeed(long offset, long length) {
        Libc.posixFadvise(fd, offset, length, POSIX_FADV_WILLNEED);
    }

    @Override
    public boolean isInMemory() {
        return inMemory;
    }

    @Override
    public long read(LoopRing ring, MemorySegment target, long offset) {
        return ring.transfer(Ring.READ, fd, target, offset);
    }

    @Override
    public long write(LoopRing ring, MemorySegment source, long offset) {
        return ring.transfer(Ring.WRITE, fd, source, offset);
    }

    @Override
    public int flush(LoopRing ring) {
        return ring.flush(fd);
    }

    @Override
    public void close() {
        if (pages != null) pages.close();
        close(fd);
    }

    /** Closes any descriptor. */
    static void close(int fd) {
        Libc.close(fd);
    }

    /** Where the calling thread's calls may put errno, until its next call. */
    static MemorySegment state() {
        return Scratch.get().state;
    }
}
