package dev.pirn.block;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The C library's functions that {@link LinuxFile}, {@link Ring} and {@link Bell} call, by their names. What
 * is below zero is {@code -errno}; {@code state} is where the system puts it, a segment of {@link #STATE}.
 *
 * <p>All but two are called as if they took six longs and returned one, which on 64-bit Linux comes to the
 * same: arguments are in registers of that size, and of an {@code int} the rest is not looked at. For each
 * type of function the JVM spins classes at run time, which no AOT cache keeps: with eleven types that took
 * a quarter of the CPU of {@code img info}. Pointers are addresses then, so that who calls keeps what they
 * point to alive: in an arena that it closes itself, or for as long as its thread lives.
 *
 * <p>{@link LinuxFile#isAvailable} is asked first: a binding that nobody allowed warns.
 */
@SuppressWarnings("restricted")
final class Libc {
    static final StructLayout STATE = Linker.Option.captureStateLayout();

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG;
    private static final Linker.Option WITH_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final FunctionDescriptor SIX_LONGS = FunctionDescriptor.of(I64, I64, I64, I64, I64, I64,
            I64);
    /** open, fcntl and syscall are, from their third or second on; to the others it is the same. */
    private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(1);
    private static final long TEXT_SIZE_MAX = 1 << 10;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALL = LINKER.downcallHandle(SIX_LONGS, WITH_ERRNO, VARIADIC);

    private static final MemorySegment OPEN = find("open");
    private static final MemorySegment CLOSE = find("close");
    private static final MemorySegment LSEEK = find("lseek");
    private static final MemorySegment PREAD = find("pread");
    private static final MemorySegment PWRITE = find("pwrite");
    private static final MemorySegment FDATASYNC = find("fdatasync");
    private static final MemorySegment FTRUNCATE = find("ftruncate");
    private static final MemorySegment FALLOCATE = find("fallocate");
    private static final MemorySegment POSIX_FADVISE = find("posix_fadvise");
    private static final MemorySegment FSTATFS = find("fstatfs");
    private static final MemorySegment MMAP = find("mmap");
    private static final MemorySegment MUNMAP = find("munmap");
    private static final MemorySegment SOCKET = find("socket");
    private static final MemorySegment CONNECT = find("connect");
    private static final MemorySegment SYSCALL = find("syscall");
    private static final MemorySegment FCNTL = find("fcntl");
    private static final MemorySegment STRERROR = find("strerror");
    // Null in a C library that is older than they are.
    private static final MemorySegment PREADV2 = findNew("preadv2");
    private static final MemorySegment PWRITEV2 = findNew("pwritev2");
    private static final MemorySegment STATX = findNew("statx");

    /** By their own type: the caller's memory may be closed meanwhile, which this type tells the JVM of. */
    private static final class Transfer {
        static final MethodHandle CALL = LINKER.downcallHandle(
                FunctionDescriptor.of(I64, I32, ValueLayout.ADDRESS, I64, I64), WITH_ERRNO);

        private Transfer() { }

        static long call(MemorySegment function, MemorySegment state, int fd, MemorySegment bytes,
                long offset) {
            try {
                return toLong(state, (long) CALL.invokeExact(function, state, fd, bytes, bytes.byteSize(),
                        offset));
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }
    }

    private Libc() { }

    /** Without the mode, which is for who makes a file. */
    static int open(MemorySegment state, MemorySegment path, int flags) {
        return toInt(state, call(OPEN, state, path.address(), flags, 0));
    }

    static void close(int fd) {
        call(CLOSE, LinuxFile.state(), fd, 0, 0);
    }

    static long lseek(MemorySegment state, int fd, long offset, int whence) {
        return toLong(state, call(LSEEK, state, fd, offset, whence));
    }

    /** {@code pread} of no bytes: whether it may be read at all. */
    static long readNothing(MemorySegment state, int fd) {
        return toLong(state, call(PREAD, state, fd, 0, 0));
    }

    static long pread(MemorySegment state, int fd, MemorySegment target, long offset) {
        return Transfer.call(PREAD, state, fd, target, offset);
    }

    static long pwrite(MemorySegment state, int fd, MemorySegment source, long offset) {
        return Transfer.call(PWRITE, state, fd, source, offset);
    }

    /** Of one struct iovec. */
    static long preadv2(MemorySegment state, int fd, MemorySegment vector, long offset, int flags) {
        return vectored(PREADV2, state, fd, vector, offset, flags);
    }

    /** Of one struct iovec. */
    static long pwritev2(MemorySegment state, int fd, MemorySegment vector, long offset, int flags) {
        return vectored(PWRITEV2, state, fd, vector, offset, flags);
    }

    private static long vectored(MemorySegment function, MemorySegment state, int fd, MemorySegment vector,
            long offset, int flags) {
        if (function == null) return -Errno.ENOSYS;
        return toLong(state, call(function, state, fd, vector.address(), 1, offset, flags, 0));
    }

    static int fdatasync(MemorySegment state, int fd) {
        return toInt(state, call(FDATASYNC, state, fd, 0, 0));
    }

    static int ftruncate(MemorySegment state, int fd, long size) {
        return toInt(state, call(FTRUNCATE, state, fd, size, 0));
    }

    static int fallocate(MemorySegment state, int fd, int mode, long offset, long length) {
        return toInt(state, call(FALLOCATE, state, fd, mode, offset, length, 0, 0));
    }

    /** A hint, whatever comes of it. */
    static void posixFadvise(int fd, long offset, long length, int advice) {
        call(POSIX_FADVISE, LinuxFile.state(), fd, offset, length, advice, 0, 0);
    }

    static int fstatfs(MemorySegment state, int fd, MemorySegment statfs) {
        return toInt(state, call(FSTATFS, state, fd, statfs.address(), 0));
    }

    static int statx(MemorySegment state, int fd, MemorySegment path, int flags, int mask,
            MemorySegment statx) {
        if (STATX == null) return -Errno.ENOSYS;
        return toInt(state, call(STATX, state, fd, path.address(), flags, mask, statx.address(), 0));
    }

    /** At any address. */
    static long mmap(MemorySegment state, long size, int protection, int flags, int fd, long offset) {
        return toLong(state, call(MMAP, state, 0, size, protection, flags, fd, offset));
    }

    static void munmap(MemorySegment mapped) {
        call(MUNMAP, LinuxFile.state(), mapped.address(), mapped.byteSize(), 0);
    }

    static int socket(MemorySegment state, int domain, int type) {
        return toInt(state, call(SOCKET, state, domain, type, 0));
    }

    static int connect(MemorySegment state, int fd, MemorySegment address, int size) {
        return toInt(state, call(CONNECT, state, fd, address.address(), size));
    }

    /** For what the C library has no function for. */
    static int syscall(MemorySegment state, long number, long a, long b) {
        return (int) toLong(state, call(SYSCALL, state, number, a, b, 0, 0, 0));
    }

    /** With a pointer, as the locks of an open file description have it. */
    static int fcntl(MemorySegment state, int fd, int command, MemorySegment argument) {
        return toInt(state, call(FCNTL, state, fd, command, argument.address()));
    }

    /** What the C library calls an error, in the user's language. */
    static String text(int errno) {
        long text = call(STRERROR, LinuxFile.state(), errno, 0, 0);
        return MemorySegment.ofAddress(text).reinterpret(TEXT_SIZE_MAX).getString(0);
    }

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }

    private static MemorySegment findNew(String name) {
        return LINKER.defaultLookup().find(name).orElse(null);
    }

    private static long call(MemorySegment function, MemorySegment state, long a, long b, long c) {
        return call(function, state, a, b, c, 0, 0, 0);
    }

    private static long call(MemorySegment function, MemorySegment state, long a, long b, long c, long d,
            long e, long f) {
        try {
            return (long) CALL.invokeExact(function, state, a, b, c, d, e, f);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    private static long toLong(MemorySegment state, long result) {
        return result < 0 ? -errno(state) : result;
    }

    /** Of a function that returns an int: the other half of what came is anything. */
    private static int toInt(MemorySegment state, long result) {
        return (int) result < 0 ? -errno(state) : (int) result;
    }

    /** The error that the call before left in {@code state}. */
    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** Method handles declare Throwable; what really comes is unchecked. */
    private static Error unexpected(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(thrown);
        }
    }
}
