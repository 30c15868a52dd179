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
 * <p>Bound when first used, by which time {@link LinuxFile#isAvailable} has allowed it: a binding unasked for
 * warns.
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
    static final MethodHandle OPEN = bind("open", FunctionDescriptor.of(I32, POINTER, I32), WITH_ERRNO,
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(I32, I32));
    static final MethodHandle LSEEK = bind("lseek", FunctionDescriptor.of(I64, I32, I64, I32), WITH_ERRNO);
    static final MethodHandle PREAD =
            bind("pread", FunctionDescriptor.of(I64, I32, POINTER, I64, I64), WITH_ERRNO);
    static final MethodHandle PWRITE =
            bind("pwrite", FunctionDescriptor.of(I64, I32, POINTER, I64, I64), WITH_ERRNO);
    /** Null in a C library that is older than they are. */
    static final MethodHandle PREADV2 = bindVectored("preadv2");
    static final MethodHandle PWRITEV2 = bindVectored("pwritev2");
    static final MethodHandle FDATASYNC = bind("fdatasync", FunctionDescriptor.of(I32, I32), WITH_ERRNO);
    static final MethodHandle FTRUNCATE =
            bind("ftruncate", FunctionDescriptor.of(I32, I32, I64), WITH_ERRNO);
    static final MethodHandle FALLOCATE =
            bind("fallocate", FunctionDescriptor.of(I32, I32, I32, I64, I64), WITH_ERRNO);
    static final MethodHandle FADVISE =
            bind("posix_fadvise", FunctionDescriptor.of(I32, I32, I64, I64, I32));
    static final MethodHandle FSTATFS = bind("fstatfs", FunctionDescriptor.of(I32, I32, POINTER));
    /** Null in a C library that is older than it is. */
    static final MethodHandle STATX =
            find("statx", FunctionDescriptor.of(I32, I32, POINTER, I32, I32, POINTER));
    static final MethodHandle MMAP =
            bind("mmap", FunctionDescriptor.of(POINTER, POINTER, I64, I32, I32, I32, I64), WITH_ERRNO);
    static final MethodHandle MUNMAP = bind("munmap", FunctionDescriptor.of(I32, POINTER, I64));
    static final MethodHandle SOCKET = bind("socket", FunctionDescriptor.of(I32, I32, I32, I32), WITH_ERRNO);
    static final MethodHandle CONNECT =
            bind("connect", FunctionDescriptor.of(I32, I32, POINTER, I32), WITH_ERRNO);
    // For what the C library has no functions for: io_uring's three. syscall is variadic from its second on.
    static final MethodHandle SYSCALL_2 = bind("syscall", FunctionDescriptor.of(I64, I64, I64, POINTER),
            WITH_ERRNO, Linker.Option.firstVariadicArg(1));
    static final MethodHandle SYSCALL_6 =
            bind("syscall", FunctionDescriptor.of(I64, I64, I64, I64, I64, I64, I64, I64), WITH_ERRNO,
                    Linker.Option.firstVariadicArg(1));
    /** With a pointer, as the locks of an open file description have it. */
    static final MethodHandle FCNTL = bind("fcntl", FunctionDescriptor.of(I32, I32, I32, POINTER), WITH_ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle STRERROR = bind("strerror", FunctionDescriptor.of(POINTER, I32));

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
            return ((MemorySegment) STRERROR.invokeExact(errno)).reinterpret(TEXT_SIZE_MAX).getString(0);
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
