package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.nio.ByteBuffer;

/**
 * A request message of the transmission phase.
 *
 * <pre>
 *   0            4       6      8           16          24         28
 *   │ magic      │ flags │ type │ cookie    │ offset    │ length   │ payload of a WRITE …
 *   │ 0x25609513 │ u16   │ u16  │ u64       │ u64       │ u32      │
 * </pre>
 *
 * @param cookie the client's name for it, sent back
 * @param offset unsigned: negative here is out of every range
 */
record Request(int flags, int type, long cookie, long offset, long length) {
    /** Bytes of the message without payload. */
    static final int SIZE = 28;

    /** Takes one from {@code in}, which has at least {@link #SIZE} bytes; null if the magic is wrong. */
    static Request parse(ByteBuffer in) {
        if (in.getInt() != NBD_REQUEST_MAGIC) return null;
        return new Request(Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()),
                in.getLong(), in.getLong(), Integer.toUnsignedLong(in.getInt()));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether payload follows it, whatever else is wrong with it. */
    boolean hasPayload() {
        return type == NBD_CMD_WRITE;
    }

    /** Whether it asks for change. */
    boolean isWrite() {
        return type == NBD_CMD_WRITE || type == NBD_CMD_WRITE_ZEROES || type == NBD_CMD_TRIM;
    }

    /** Bytes that its request or its reply carries. */
    long dataLength() {
        return type == NBD_CMD_READ || type == NBD_CMD_WRITE ? length : 0;
    }

    /** What the text says is wrong with it for a disk like this; NBD_SUCCESS if nothing ("Error values"). */
    int check(long size, boolean readOnly) {
        // FUA is "valid for all commands"; on those that write nothing it is ignored.
        int allowed = NBD_CMD_FLAG_FUA;
        if (type == NBD_CMD_WRITE_ZEROES) allowed |= NBD_CMD_FLAG_NO_HOLE;
        if ((flags & ~allowed) != 0) return NBD_EINVAL;
        if (isWrite() && readOnly) return NBD_EPERM;
        boolean inside = offset >= 0 && offset <= size - length;
        return switch (type) {
            case NBD_CMD_READ -> inside && length <= Limits.PAYLOAD_SIZE_MAX ? NBD_SUCCESS : NBD_EINVAL;
            case NBD_CMD_WRITE -> length > Limits.PAYLOAD_SIZE_MAX ? NBD_EINVAL
                    : inside ? NBD_SUCCESS : NBD_ENOSPC;
            case NBD_CMD_WRITE_ZEROES -> inside ? NBD_SUCCESS : NBD_ENOSPC;
            case NBD_CMD_TRIM, NBD_CMD_CACHE -> inside ? NBD_SUCCESS : NBD_EINVAL;
            case NBD_CMD_FLUSH -> offset == 0 && length == 0 ? NBD_SUCCESS : NBD_EINVAL;
            default -> NBD_EINVAL;
        };
    }
}
