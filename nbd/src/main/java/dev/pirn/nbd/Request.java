package dev.pirn.nbd;

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
        if (in.getInt() != Proto.NBD_REQUEST_MAGIC) return null;
        return new Request(Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()), in.getLong(),
                in.getLong(), Integer.toUnsignedLong(in.getInt()));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether payload follows it, whatever else is wrong with it. */
    boolean hasPayload() {
        return type == Proto.NBD_CMD_WRITE;
    }

    /** Whether it asks for change. */
    boolean isWrite() {
        return type == Proto.NBD_CMD_WRITE || type == Proto.NBD_CMD_WRITE_ZEROES || type == Proto.NBD_CMD_TRIM;
    }

    /** Bytes that its request or its reply carries. */
    long dataLength() {
        return type == Proto.NBD_CMD_READ || type == Proto.NBD_CMD_WRITE ? length : 0;
    }

    /** What the text says is wrong with it for a disk like this; NBD_SUCCESS if nothing ("Error values"). */
    int check(long size, boolean readOnly) {
        int allowed = Proto.NBD_CMD_FLAG_FUA; // "Valid for all commands"; it is ignored on those that write nothing.
        if (type == Proto.NBD_CMD_WRITE_ZEROES) allowed |= Proto.NBD_CMD_FLAG_NO_HOLE;
        if ((flags & ~allowed) != 0) return Proto.NBD_EINVAL;
        if (isWrite() && readOnly) return Proto.NBD_EPERM;
        boolean inside = offset >= 0 && offset <= size - length;
        return switch (type) {
            case Proto.NBD_CMD_READ -> inside && length <= Limits.PAYLOAD_SIZE_MAX ? Proto.NBD_SUCCESS : Proto.NBD_EINVAL;
            case Proto.NBD_CMD_WRITE -> length > Limits.PAYLOAD_SIZE_MAX ? Proto.NBD_EINVAL
                    : inside ? Proto.NBD_SUCCESS : Proto.NBD_ENOSPC;
            case Proto.NBD_CMD_WRITE_ZEROES -> inside ? Proto.NBD_SUCCESS : Proto.NBD_ENOSPC;
            case Proto.NBD_CMD_TRIM, Proto.NBD_CMD_CACHE -> inside ? Proto.NBD_SUCCESS : Proto.NBD_EINVAL;
            case Proto.NBD_CMD_FLUSH -> offset == 0 && length == 0 ? Proto.NBD_SUCCESS : Proto.NBD_EINVAL;
            default -> Proto.NBD_EINVAL;
        };
    }
}
