package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams for decoders that look back 4 KiB at most. */
class DeflateTest {
    private static final int WINDOW_SIZE = 4 << 10;
    private static final byte[] FLUSHED = {0, 0, -1, -1};

    /** Repeats itself at all distances, up to its length. */
    private static byte[] repetitive(int size) {
        var random = new Random(1);
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        for (int i = 0; i < size / 64; i++) {
            int from = random.nextInt(size - 40);
            System.arraycopy(bytes, from, bytes, random.nextInt(size - 40), 40);
        }
        for (int at = size / 2; at < size; at++) bytes[at] = bytes[at - size / 2];
        return bytes;
    }

    private static byte[] inflate(byte[] from, int at, int length, int size) throws Exception {
        var inflater = new Inflater(true);
        inflater.setInput(from, at, length);
        byte[] bytes = new byte[size];
        assertEquals(size, inflater.inflate(bytes));
        inflater.end();
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65_536, 2 << 20})
    void comesBack(int size) throws Exception {
        byte[] from = repetitive(size);
        byte[] to = new byte[2 * size];
        assertTrue(Deflate.isNative(), "native access is given to tests");
        assertArrayEquals(from, inflate(to, 0, Deflate.compress(from, to), size));
        assertArrayEquals(from, inflate(to, 0, Deflate.compressInPieces(from, to), size));
    }

    /** Each piece of 4 KiB can be read by who saw nothing before it: so nothing looks back further. */
    @Test
    void piecesThatStandAlone() throws Exception {
        byte[] from = repetitive(64 << 10);
        byte[] to = new byte[from.length + 4096];
        int end = Deflate.compressInPieces(from, to);
        int at = 0;
        for (int piece = 0; piece < from.length; piece += WINDOW_SIZE) {
            assertArrayEquals(Arrays.copyOfRange(from, piece, piece + WINDOW_SIZE),
                    inflate(to, at, end - at, WINDOW_SIZE), "from " + piece + " on");
            at = flushed(to, at, end);
        }
        assertEquals(end, at);
    }

    private static int flushed(byte[] bytes, int from, int end) {
        for (int at = from; at + 4 < end; at++) {
            if (Arrays.equals(bytes, at, at + 4, FLUSHED, 0, 4)) return at + 4;
        }
        return end;
    }

    /** A copy from 32 KiB before: worth nothing where nobody may look back so far. */
    @Test
    void looksBackNoFurtherThanTheWindow() {
        var half = new byte[32 << 10];
        new Random(2).nextBytes(half);
        byte[] twice = Arrays.copyOf(half, 64 << 10);
        System.arraycopy(half, 0, twice, half.length, half.length);
        byte[] to = new byte[twice.length - 1];
        assertEquals(-1, Deflate.compress(twice, to));
        assertEquals(-1, Deflate.compressInPieces(twice, to));
    }

    @Test
    void lessRoomThanItTakes() {
        byte[] from = new byte[64 << 10];
        byte[] to = new byte[from.length];
        int size = Deflate.compress(from, to);
        assertEquals(size, Deflate.compress(from, new byte[size + 1]));
        assertEquals(-1, Deflate.compress(from, new byte[size - 1]));
    }
}
