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
 * The C library's functions that {@link LinuxFile}, {@link Ring} and {@link Bell} call, by name. Those that
 * set errno take a segment of {@link #STATE} first.
 *
 * <p>Each is bound when it is first called, in a class of its own: all of them at once took 0.06 s of the
 * 0.86 of CPU of {@code img info}. By that time {@link LinuxFile#isAvailable} has allowed it: a binding
 * unasked for warns.
 */
@SuppressWarnings("restricted")
final class Libc {
    static final StructLayout STATE = Linker.Option.captureStateLayout();

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;
    private static final Linker.Option WITH_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final long TEXT_SIZE_MAX = 1 << 10;

    // open is variadic: its mode, which we never need, comes after the first two.
    static final class Open {
        static final MethodHandle CALL = bind("open", FunctionDescriptor.of(I32, POINTER, I32), WITH_ERRNO,
                Linker.Option.firstVariadicArg(2));

        private Open() { }
    }

    static final class Close {
        static final MethodHandle CALL = bind("close", FunctionDescriptor.of(I32, I32));

        private Close() { }
    }

    static final class Lseek {
        static final MethodHandle CALL = bind("lseek", FunctionDescriptor.of(I64, I32, I64, I32), WITH_ERRNO);

        private Lseek() { }
    }

    static final class Pread {
        static final MethodHandle CALL = bind("pread", FunctionDescriptor.of(I64, I32, POINTER, I64, I64),
                WITH_ERRNO);

        private Pread() { }
    }

    static final class Pwrite {
        static final MethodHandle CALL = bind("pwrite", FunctionDescriptor.of(I64, I32, POINTER, I64, I64),
                WITH_ERRNO);

        private Pwrite() { }
    }

    /** Null in a C library that is older than they are. */
    static final class Preadv2 {
        static final MethodHandle CALL = bindVectored("preadv2");

        private Preadv2() { }
    }

    static final class Pwritev2 {
        static final MethodHandle CALL = bindVectored("pwritev2");

        private Pwritev2() { }
    }

    static final class Fdatasync {
        static final MethodHandle CALL = bind("fdatasync", FunctionDescriptor.of(I32, I32), WITH_ERRNO);

        private Fdatasync() { }
    }

    static final class Ftruncate {
        static final MethodHandle CALL = bind("ftruncate", FunctionDescriptor.of(I32, I32, I64), WITH_ERRNO);

        private Ftruncate() { }
    }

    static final class Fallocate {
        static final MethodHandle CALL = bind("fallocate", FunctionDescriptor.of(I32, I32, I32, I64, I64),
                WITH_ERRNO);

        private Fallocate() { }
    }

    static final class Fadvise {
        static final MethodHandle CALL = bind("posix_fadvise", FunctionDescriptor.of(I32, I32, I64, I64,
                I32));

        private Fadvise() { }
    }

    static final class Fstatfs {
        static final MethodHandle CALL = bind("fstatfs", FunctionDescriptor.of(I32, I32, POINTER));

        private Fstatfs() { }
    }

    /** Null in a C library that is older than it is. */
    static final class Statx {
        static final MethodHandle CALL = find("statx", FunctionDescriptor.of(I32, I32, POINTER, I32, I32,
                POINTER));

        private Statx() { }
    }

    static final class Mmap {
        static final MethodHandle CALL = bind("mmap", FunctionDescriptor.of(POINTER, POINTER, I64, I32, I32,
                I32, I64), WITH_ERRNO);

        private Mmap() { }
    }

    static final class Munmap {
        static final MethodHandle CALL = bind("munmap", FunctionDescriptor.of(I32, POINTER, I64));

        private Munmap() { }
    }

    static final class Socket {
        static final MethodHandle CALL = bind("socket", FunctionDescriptor.of(I32, I32, I32, I32),
                WITH_ERRNO);

        private Socket() { }
    }

    static final class Connect {
        static final MethodHandle CALL = bind("connect", FunctionDescriptor.of(I32, I32, POINTER, I32),
                WITH_ERRNO);

        private Connect() { }
    }

    // For what the C library has no functions for: io_uring's three. syscall is variadic from its second on.
    static final class Syscall2 {
        static final MethodHandle CALL = bind("syscall", FunctionDescriptor.of(I64, I64, I64, POINTER),
                WITH_ERRNO, Linker.Option.firstVariadicArg(1));

        private Syscall2() { }
    }

    static final class Syscall6 {
        static final MethodHandle CALL = bind("syscall", FunctionDescriptor.of(I64, I64, I64, I64, I64, I64,
                I64, I64), WITH_ERRNO, Linker.Option.firstVariadicArg(1));

        private Syscall6() { }
    }

    /** With a pointer, as the locks of an open file description have it. */
    static final class Fcntl {
        static final MethodHandle CALL = bind("fcntl", FunctionDescriptor.of(I32, I32, I32, POINTER),
                WITH_ERRNO, Linker.Option.firstVariadicArg(2));

        private Fcntl() { }
    }

    private static final class Strerror {
        static final MethodHandle CALL = bind("strerror", FunctionDescriptor.of(POINTER, I32));

        private Strerror() { }
    }

    private Libc() { }

    private static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }

    private static MethodHandle bindVectored(String name) {
        return find(name, FunctionDescriptor.of(I64, I32, POINTER, I32, I64, I32), WITH_ERRNO);
    }

    private static MethodHandle find(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name)
                .map(symbol -> linker.downcallHandle(symbol, type, options)).orElse(null);
    }

    /** The error that the call before left in {@code state}. */
    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** What the C library calls an error, in the user's language. */
    static String text(int errno) {
        try {
            return ((MemorySegment) Strerror.CALL.invokeExact(errno)).reinterpret(TEXT_SIZE_MAX).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Method handles declare Throwable; what really comes is unchecked. */
    static Error unexpected(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(thrown);
        }
    }
}
