package dev.pirn.nbd;

import java.nio.ByteBuffer;

/** Bytes of a fuzzer, taken as numbers, choices and bytes; when they are at an end all are zero. */
final class Script {
    /** Where errors are: around the limits, and around what fits a type. */
    private static final long[] LENGTHS = {0, 1, 511, 512, 4095, 4096, 4097, 65_536, 131_072, 262_143,
        262_144, 262_145, 2 << 20, (2 << 20) + 1, 32 << 20, (32 << 20) + 1, 64 << 20, (64 << 20) + 1,
        0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL};
    private static final long[] OFFSETS = {0, 1, 4096, 131_072, 262_143, 262_144, 262_145, 0x7fff_ffffL,
        0x8000_0000L, 0xffff_ffffL, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -1, -4096};

    private final ByteBuffer bytes;

    Script(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    boolean hasMore() {
        return bytes.hasRemaining();
    }

    /** From 0 to 255. */
    int octet() {
        return bytes.hasRemaining() ? Byte.toUnsignedInt(bytes.get()) : 0;
    }

    /** From 0 to {@code bound} - 1. */
    int below(int bound) {
        return octet() % bound;
    }

    long number(int octets) {
        long number = 0;
        for (int i = 0; i < octets; i++) number = number << 8 | octet();
        return number;
    }

    long length() {
        int choice = octet();
        return choice < 200 ? LENGTHS[choice % LENGTHS.length] : number(4);
    }

    long offset() {
        int choice = octet();
        return choice < 200 ? OFFSETS[choice % OFFSETS.length] : number(8);
    }

    /** Mostly none, sometimes one, rarely any. */
    int flags() {
        int choice = octet();
        return choice < 128 ? 0 : choice < 240 ? 1 << choice % 16 : (int) number(2);
    }

    /** Up to {@code most} bytes as they are. */
    ByteBuffer raw(int most) {
        int length = Math.min(Math.min(octet(), most), bytes.remaining());
        ByteBuffer raw = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return raw;
    }
}
