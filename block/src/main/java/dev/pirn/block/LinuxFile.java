package dev.pirn.block;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * A second descriptor of a file, for what {@link java.nio.channels.FileChannel} cannot do: Linux's
 * {@code fallocate} and {@code posix_fadvise}, by way of libc.
 *
 * <p>From any thread; its calls block.
 */
final class LinuxFile implements AutoCloseable {
    static final int FALLOC_FL_KEEP_SIZE = 0x01;
    static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    static final int FALLOC_FL_ZERO_RANGE = 0x10;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int POSIX_FADV_WILLNEED = 3;
    private static final int EINTR = 4;
    private static final int EINVAL = 22;
    private static final int ENODEV = 19;
    private static final int ENOSPC = 28;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int EDQUOT = 122;

    /** What {@link #allocate} found. */
    enum Outcome {
        /** The range is as asked. */
        DONE,
        /** Not of this range (a disk's sectors, say); nothing was changed. */
        NOT_HERE,
        /** Not in this file system, ever; nothing was changed. */
        NEVER
    }

    /**
     * Bound when first used, by which time {@link #isAvailable} has allowed it: a binding unasked for warns.
     */
    @SuppressWarnings("restricted")
    private static final class Libc {
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final VarHandle ERRNO = STATE.varHandle(StructLayout.PathElement.groupElement("errno"));
        static final MethodHandle OPEN;
        static final MethodHandle CLOSE;
        static final MethodHandle FALLOCATE;
        static final MethodHandle FADVISE;

        static {
            Linker linker = Linker.nativeLinker();
            var errno = Linker.Option.captureCallState("errno");
            var i32 = ValueLayout.JAVA_INT;
            var i64 = ValueLayout.JAVA_LONG;
            // open is variadic: its mode, which we never need, comes after the first two.
            OPEN = linker.downcallHandle(symbol(linker, "open"),
                    FunctionDescriptor.of(i32, ValueLayout.ADDRESS, i32), errno,
                    Linker.Option.firstVariadicArg(2));
            CLOSE = linker.downcallHandle(symbol(linker, "close"), FunctionDescriptor.of(i32, i32));
            FALLOCATE = linker.downcallHandle(symbol(linker, "fallocate"),
                    FunctionDescriptor.of(i32, i32, i32, i64, i64), errno);
            FADVISE = linker.downcallHandle(symbol(linker, "posix_fadvise"),
                    FunctionDescriptor.of(i32, i32, i64, i64, i32));
        }

        private static MemorySegment symbol(Linker linker, String name) {
            return linker.defaultLookup().find(name).orElseThrow();
        }
    }

    private final Path path;
    private final int fd;

    private LinuxFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /**
     * True on 64-bit Linux, if the user allowed this module native access: the JVM prints no warning then.
     */
    static boolean isAvailable() {
        return LinuxFile.class.getModule().isNativeAccessEnabled()
                && System.getProperty("os.name").equals("Linux")
                && ValueLayout.ADDRESS.byteSize() == Long.BYTES;
    }

    static LinuxFile open(Path path, boolean readOnly) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.STATE);
            int flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC;
            int fd = (int) Libc.OPEN.invokeExact(state, arena.allocateFrom(path.toString()), flags);
            if (fd < 0) throw new IOException(path + ": open: errno " + (int) Libc.ERRNO.get(state, 0L));
            return new LinuxFile(path, fd);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Calls {@code fallocate(mode)}.
     *
     * @throws IOException if the disk failed; any part of the range may have been changed
     */
    Outcome allocate(int mode, long offset, long length) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.STATE);
            int errno;
            do {
                int result = (int) Libc.FALLOCATE.invokeExact(state, fd, mode, offset, length);
                if (result == 0) return Outcome.DONE;
                errno = (int) Libc.ERRNO.get(state, 0L);
            } while (errno == EINTR); // Begun anew: what is done already costs little the second time.
            String text = "%s: fallocate(0x%x) of [%d, +%d): errno %d"
                    .formatted(path, mode, offset, length, errno);
            return switch (errno) {
                case EOPNOTSUPP, ENOSYS, ENODEV -> Outcome.NEVER;
                case EINVAL -> Outcome.NOT_HERE;
                case ENOSPC, EDQUOT -> throw new NoSpaceException(text, null);
                default -> throw new IOException(text);
            };
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Has the system read the range ahead; an advice, so that its errors are nobody's. */
    void willNeed(long offset, long length) throws IOException {
        try {
            int ignored = (int) Libc.FADVISE.invokeExact(fd, offset, length, POSIX_FADV_WILLNEED);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            int ignored = (int) Libc.CLOSE.invokeExact(fd);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Method handles declare Throwable; what really comes is ours, or unchecked. */
    private static IOException unexpected(Throwable thrown) {
        return switch (thrown) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(thrown);
        };
    }
}
