package dev.pirn.block.qcow2;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.zip.Deflater;

/**
 * Compresses for those who look back 4 KiB at most: the format's text asks for raw deflate streams with that
 * window, and QEMU refuses others ({@code inflateInit2(-12)}). {@link Deflater} always looks back 32 KiB.
 *
 * <pre>
 *   libz, where native access is given:  a window of 4 KiB, as QEMU has it
 *   else Deflater:  4 KiB │ full flush │ 4 KiB │ full flush │ …    behind which nothing before is looked at
 * </pre>
 *
 * <p>128 MiB of programs, in clusters of 64 KiB, by two threads: the first makes 40.3 MiB of them in 3.4 to
 * 3.9 s, as qemu-img 7.2 does (40.3 MiB, 3.6 to 3.9 s); the second 44 MiB in 3.0 to 3.3 s.
 */
@SuppressWarnings("restricted")
final class Deflate {
    private static final int WINDOW_SIZE = 4 << 10;
    private static final Native NATIVE = Native.find();

    private Deflate() { }

    static boolean isNative() {
        return NATIVE != null;
    }

    /** Returns how many bytes of {@code to} it takes; -1 if it has not that many. Computes. */
    static int compress(byte[] from, byte[] to) {
        return NATIVE != null ? NATIVE.compress(from, to) : compressInPieces(from, to);
    }

    static int compressInPieces(byte[] from, byte[] to) {
        var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            int done = 0;
            for (int at = 0; at < from.length; at += WINDOW_SIZE) {
                int count = Math.min(WINDOW_SIZE, from.length - at);
                deflater.setInput(from, at, count);
                boolean last = at + count == from.length;
                if (last) deflater.finish();
                int mode = last ? Deflater.NO_FLUSH : Deflater.FULL_FLUSH;
                done += deflater.deflate(to, done, to.length - done, mode);
                // A flush that has no room left may have more to say.
                if (done == to.length || last && !deflater.finished()) return -1;
            }
            return done;
        } finally {
            deflater.end();
        }
    }

    /** The C library, by name. */
    private record Native(MethodHandle init, MethodHandle deflate, MethodHandle end) {
        private static final int STREAM_SIZE = 112;
        private static final int AT_AVAIL_IN = 8;
        private static final int AT_NEXT_OUT = 24;
        private static final int AT_AVAIL_OUT = 32;
        private static final int AT_TOTAL_OUT = 40;
        private static final int METHOD_DEFLATED = 8;
        private static final int WINDOW_BITS = -12; // Raw.
        private static final int MEMORY_LEVEL = 9;
        private static final int FINISH = 4;
        private static final int STREAM_END = 1;

        private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
        private static final ValueLayout POINTER = ValueLayout.ADDRESS;

        static Native find() {
            boolean usable = Deflate.class.getModule().isNativeAccessEnabled()
                    && System.getProperty("os.name").equals("Linux")
                    && ValueLayout.ADDRESS.byteSize() == Long.BYTES;
            if (!usable) return null;
            SymbolLookup library;
            try {
                library = SymbolLookup.libraryLookup("libz.so.1", Arena.global());
            } catch (IllegalArgumentException e) {
                return null; // Not there.
            }
            Linker linker = Linker.nativeLinker();
            var ofStream = FunctionDescriptor.of(I32, POINTER);
            return new Native(linker.downcallHandle(library.findOrThrow("deflateInit2_"),
                    FunctionDescriptor.of(I32, POINTER, I32, I32, I32, I32, I32, POINTER, I32)),
                    linker.downcallHandle(library.findOrThrow("deflate"),
                            FunctionDescriptor.of(I32, POINTER, I32)),
                    linker.downcallHandle(library.findOrThrow("deflateEnd"), ofStream));
        }

        int compress(byte[] from, byte[] to) {
            try (var arena = Arena.ofConfined()) {
                MemorySegment stream = arena.allocate(STREAM_SIZE, Long.BYTES);
                MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_BYTE, from);
                MemorySegment target = arena.allocate(to.length);
                int code = (int) init.invokeExact(stream, Deflater.DEFAULT_COMPRESSION, METHOD_DEFLATED,
                        WINDOW_BITS, MEMORY_LEVEL, Deflater.DEFAULT_STRATEGY, arena.allocateFrom("1"),
                        STREAM_SIZE);
                if (code != 0) throw new IllegalStateException("libz: deflateInit2 says " + code);
                stream.set(ValueLayout.ADDRESS, 0, source);
                stream.set(I32, AT_AVAIL_IN, from.length);
                stream.set(ValueLayout.ADDRESS, AT_NEXT_OUT, target);
                stream.set(I32, AT_AVAIL_OUT, to.length);
                code = (int) deflate.invokeExact(stream, FINISH);
                int size = (int) stream.get(ValueLayout.JAVA_LONG, AT_TOTAL_OUT);
                int ended = (int) end.invokeExact(stream);
                if (code != STREAM_END) return -1;
                assert ended == 0 : "libz: deflateEnd says " + ended;
                MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 0, to, 0, size);
                return size;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e); // Declared by method handles, thrown by nobody.
            }
        }
    }
}
