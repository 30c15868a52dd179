package dev.pirn.block;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What one who has an image file open does with it, and what it does not bear of others, for QEMU and for us
 * to see.
 *
 * <p>As QEMU has it since 2.10 (its {@code file-posix} driver): read locks on single bytes of the image file,
 * which need not exist, held by an open file description.
 * <pre>
 *   byte 100 + n   held by who uses access n       READ 0   WRITE 1   RESIZE 3
 *   byte 200 + n   held by who denies it to others
 *
 *   acquire: lock all of ours ──▶ does somebody deny what we use, or use what we deny? ──yes──▶ all given up
 * </pre>
 *
 * <p>Advice alone: who does not ask is not stopped. The system drops it when the process ends, however it
 * does. On other systems than Linux, or without native access, there is none, and every {@link #acquire}
 * succeeds.
 *
 * <p>A lock belongs to nobody: any thread may close it.
 */
public final class ImageLock implements AutoCloseable {
    /** What may be done with an image file. */
    public enum Access {
        /** Reads what somebody else has written, and relies on it. */
        READ(0, "reads it", "reading"),
        /** Changes what it reads as. */
        WRITE(1, "writes to it", "writing"),
        /** Changes its length. */
        RESIZE(3, "may resize it", "resizing");

        private final int bit;
        private final String deed;
        private final String doing;

        Access(int bit, String deed, String doing) {
            this.bit = bit;
            this.deed = deed;
            this.doing = doing;
        }
    }

    private static final int USES_BASE = 100;
    private static final int DENIES_BASE = 200;

    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    // struct flock of 64-bit Linux: type and whence, two shorts; start and length, two longs; a process.
    private static final long FLOCK_SIZE = 32;
    private static final long START = 8;
    private static final long LENGTH = 16;

    /** Below zero when there is none, or it was closed. */
    private int fd;

    private ImageLock(int fd) {
        this.fd = fd;
    }

    /** Who reads raw images in passing, as {@code qemu-img} does: others may write meanwhile. */
    public static ImageLock ofRawReader(Path path) throws IOException {
        return acquire(path, EnumSet.of(Access.READ), EnumSet.noneOf(Access.class));
    }

    /** Who reads raw bytes for long, as who serves them does: others may write, but not change the length. */
    public static ImageLock ofRawServer(Path path) throws IOException {
        return acquire(path, EnumSet.of(Access.READ), EnumSet.of(Access.RESIZE));
    }

    /** Who relies on what it read, as on the tables of a format: nobody may change it meanwhile. */
    public static ImageLock ofReader(Path path) throws IOException {
        return acquire(path, EnumSet.of(Access.READ), EnumSet.of(Access.WRITE, Access.RESIZE));
    }

    /** Who writes to a raw image, which keeps its length. */
    public static ImageLock ofRawWriter(Path path) throws IOException {
        return acquire(path, EnumSet.of(Access.READ, Access.WRITE), EnumSet.of(Access.WRITE, Access.RESIZE));
    }

    /** Who changes an image, its length too: nobody else may. */
    public static ImageLock ofWriter(Path path) throws IOException {
        return acquire(path, EnumSet.allOf(Access.class), EnumSet.of(Access.WRITE, Access.RESIZE));
    }

    /**
     * Says that somebody has {@code path} open, until it is closed; does not wait. Blocks, as opening a file
     * does.
     *
     * @param uses what it will do
     * @param denies what others may not do meanwhile
     * @throws ImageInUseException if somebody else has it open in a way that does not go with that
     * @throws IOException if the file cannot be opened for reading, or its file system has no such locks
     */
    @NoCoroutineFn
    public static ImageLock acquire(Path path, Set<Access> uses, Set<Access> denies) throws IOException {
        if (!LinuxFile.isAvailable() || path.getFileSystem() != FileSystems.getDefault()) {
            return new ImageLock(-1);
        }
        // By a descriptor of its own: closing it ends the locks, whatever the image's driver does with its.
        var lock = new ImageLock(LinuxFile.openDescriptor(path, true));
        try (var arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(Libc.STATE);
            MemorySegment flock = arena.allocate(FLOCK_SIZE, Long.BYTES);
            for (Access each : uses) lock.take(path, errno, flock, USES_BASE + each.bit);
            for (Access each : denies) lock.take(path, errno, flock, DENIES_BASE + each.bit);
            // Only now: of two at a time at least one then sees the other.
            for (Access each : uses) lock.check(path, errno, flock, DENIES_BASE + each.bit, each);
            for (Access each : denies) lock.check(path, errno, flock, USES_BASE + each.bit, each);
            return lock;
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private void take(Path path, MemorySegment errno, MemorySegment flock, int at) throws IOException {
        int failed = call(errno, flock, F_OFD_SETLK, F_RDLCK, at);
        if (failed == 0) return;
        throw Errno.of("%s: fcntl(F_OFD_SETLK) of byte %d".formatted(path, at), failed);
    }

    /** Asks by a write lock, which meets any other. */
    private void check(Path path, MemorySegment errno, MemorySegment flock, int at, Access access)
            throws IOException {
        int failed = call(errno, flock, F_OFD_GETLK, F_WRLCK, at);
        if (failed != 0) throw Errno.of("%s: fcntl(F_OFD_GETLK) of byte %d".formatted(path, at), failed);
        if (flock.get(ValueLayout.JAVA_SHORT, 0) == F_UNLCK) return;
        String deed = at < DENIES_BASE ? access.deed : "does not allow " + access.doing + " by others";
        throw new ImageInUseException(path, LockHolder.of(path, at, fd) + " " + deed);
    }

    /** The error number, or 0. */
    private int call(MemorySegment errno, MemorySegment flock, int command, short type, int at) {
        flock.fill((byte) 0);
        flock.set(ValueLayout.JAVA_SHORT, 0, type);
        flock.set(ValueLayout.JAVA_LONG, START, at);
        flock.set(ValueLayout.JAVA_LONG, LENGTH, 1);
        return Math.max(0, -Libc.fcntl(errno, fd, command, flock));
    }

    /** Gives it up. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (fd < 0) return;
        LinuxFile.close(fd);
        fd = -1;
    }
}
