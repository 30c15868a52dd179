package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.nio.ByteBuffer;

/**
 * A request message of the transmission phase.
 *
 * <pre>
 *   compact:
 *   0            4       6      8           16          24         28
 *   │ magic      │ flags │ type │ cookie    │ offset    │ length   │ payload of a WRITE …
 *   │ 0x25609513 │ u16   │ u16  │ u64       │ u64       │ u32      │
 *
 *   extended:
 *   0            4       6      8           16          24         32
 *   │ magic      │ flags │ type │ cookie    │ offset    │ length   │ with PAYLOAD_LEN: payload …
 *   │ 0x21e41c71 │ u16   │ u16  │ u64       │ u64       │ u64      │
 * </pre>
 *
 * @param cookie the client's name for it, sent back
 * @param offset unsigned: negative here is out of every range
 * @param length unsigned, too
 * @param contexts those that a BLOCK_STATUS asks for, a bit for each number
 */
record Request(int flags, int type, long cookie, long offset, long length, long contexts) {
    /** Bytes of a compact message without payload. */
    static final int SIZE = 28;

    /** One that asks for all contexts. */
    Request(int flags, int type, long cookie, long offset, long length) {
        this(flags, type, cookie, offset, length, -1);
    }

    /** Takes one from {@code in}, which has all of it but a payload; null if the magic is wrong. */
    static Request parse(ByteBuffer in, Framing framing) {
        boolean extended = framing == Framing.EXTENDED;
        if (in.getInt() != (extended ? NBD_EXTENDED_REQUEST_MAGIC : NBD_REQUEST_MAGIC)) return null;
        return new Request(Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()),
                in.getLong(), in.getLong(), extended ? in.getLong() : Integer.toUnsignedLong(in.getInt()));
    }

    /** Writes the message, without payload, at {@code out}'s position. */
    void put(ByteBuffer out, Framing framing) {
        if (framing == Framing.EXTENDED) {
            int said = type == NBD_CMD_WRITE ? flags | NBD_CMD_FLAG_PAYLOAD_LEN : flags;
            out.putInt(NBD_EXTENDED_REQUEST_MAGIC).putShort((short) said).putShort((short) type)
                    .putLong(cookie).putLong(offset).putLong(length);
        } else {
            out.putInt(NBD_REQUEST_MAGIC).putShort((short) flags).putShort((short) type)
                    .putLong(cookie).putLong(offset).putInt((int) length);
        }
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether payload follows it, whatever else is wrong with it. */
    boolean hasPayload(Framing framing) {
        return framing == Framing.EXTENDED ? has(NBD_CMD_FLAG_PAYLOAD_LEN) : type == NBD_CMD_WRITE;
    }

    /** Whether it asks for change. */
    boolean isWrite() {
        return type == NBD_CMD_WRITE || type == NBD_CMD_WRITE_ZEROES || type == NBD_CMD_TRIM;
    }

    /** Bytes that its request or its reply carries. */
    long dataLength() {
        return type == NBD_CMD_READ || type == NBD_CMD_WRITE ? length : 0;
    }

    /** Bytes of data that its reply carries if it succeeds. */
    int repliedLength() {
        return type == NBD_CMD_READ ? (int) length : 0;
    }

    /** What the text says is wrong with it on these terms; null if nothing ("Error values"). */
    Fault check(Terms terms) {
        int allowed = flagsAllowed(terms.framing());
        if ((flags & ~allowed) != 0) {
            if (has(NBD_CMD_FLAG_PAYLOAD_LEN) && terms.framing() == Framing.EXTENDED) {
                return fault(NBD_EINVAL, type == NBD_CMD_BLOCK_STATUS && terms.takesStatusPayload()
                        ? "its payload does not name contexts that were set, each once" : "takes no payload");
            }
            return fault(NBD_EINVAL, "flags 0x%x, of which 0x%x are known".formatted(flags, allowed));
        }
        if (type == NBD_CMD_WRITE && !hasPayload(terms.framing())) {
            return fault(NBD_EINVAL, "has no NBD_CMD_FLAG_PAYLOAD_LEN, and so no payload");
        }
        if (isWrite() && terms.isReadOnly()) return fault(NBD_EPERM, "the export is read-only");
        Fault fault = checkRange(terms.size(), terms.contexts() != 0);
        if (fault != null || ((offset | length) & terms.blockSize() - 1) == 0) return fault;
        return fault(NBD_EINVAL, "not of whole blocks of " + terms.blockSize()
                + " bytes, which NBD_INFO_BLOCK_SIZE asked for");
    }

    private int flagsAllowed(Framing framing) {
        // FUA is "valid for all commands"; on those that write nothing it is ignored.
        return NBD_CMD_FLAG_FUA | switch (type) {
            case NBD_CMD_WRITE -> framing == Framing.EXTENDED ? NBD_CMD_FLAG_PAYLOAD_LEN : 0;
            case NBD_CMD_WRITE_ZEROES -> NBD_CMD_FLAG_NO_HOLE | NBD_CMD_FLAG_FAST_ZERO;
            case NBD_CMD_READ -> framing.hasChunks() ? NBD_CMD_FLAG_DF : 0;
            case NBD_CMD_BLOCK_STATUS -> NBD_CMD_FLAG_REQ_ONE;
            default -> 0;
        };
    }

    private Fault checkRange(long size, boolean hasContexts) {
        return switch (type) {
            case NBD_CMD_READ -> isTooLong() ? tooLong() : isInside(size) ? null : outside(NBD_EINVAL, size);
            case NBD_CMD_WRITE -> isTooLong() ? tooLong() : isInside(size) ? null : outside(NBD_ENOSPC, size);
            case NBD_CMD_WRITE_ZEROES -> isInside(size) ? null : outside(NBD_ENOSPC, size);
            case NBD_CMD_TRIM, NBD_CMD_CACHE -> isInside(size) ? null : outside(NBD_EINVAL, size);
            case NBD_CMD_FLUSH -> offset == 0 && length == 0 ? null
                    : fault(NBD_EINVAL, "flushes all, and takes no range");
            case NBD_CMD_BLOCK_STATUS -> !hasContexts
                    ? fault(NBD_EINVAL, "no metadata context was negotiated")
                    : length == 0 ? fault(NBD_EINVAL, "asks for nothing")
                    : isInside(size) ? null : outside(NBD_EINVAL, size);
            default -> fault(NBD_EINVAL, "no command of this server");
        };
    }

    private boolean isInside(long size) {
        return offset >= 0 && length >= 0 && offset <= size - length;
    }

    private boolean isTooLong() {
        return Long.compareUnsigned(length, Limits.PAYLOAD_SIZE_MAX) > 0;
    }

    private Fault tooLong() {
        return fault(NBD_EINVAL, "more than " + Limits.PAYLOAD_SIZE_MAX + " bytes");
    }

    private Fault outside(int error, long size) {
        return fault(error, "outside the disk's " + size + " bytes");
    }

    /** Says that this request failed, by which rule. */
    Fault fault(int error, String rule) {
        return new Fault(error, this + ": " + rule);
    }

    /** What it asks for, as the text names it. */
    String typeName() {
        return switch (type) {
            case NBD_CMD_READ -> "NBD_CMD_READ";
            case NBD_CMD_WRITE -> "NBD_CMD_WRITE";
            case NBD_CMD_DISC -> "NBD_CMD_DISC";
            case NBD_CMD_FLUSH -> "NBD_CMD_FLUSH";
            case NBD_CMD_TRIM -> "NBD_CMD_TRIM";
            case NBD_CMD_CACHE -> "NBD_CMD_CACHE";
            case NBD_CMD_WRITE_ZEROES -> "NBD_CMD_WRITE_ZEROES";
            case NBD_CMD_BLOCK_STATUS -> "NBD_CMD_BLOCK_STATUS";
            default -> "command " + type;
        };
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return typeName() + " of [" + Long.toUnsignedString(offset) + ", +"
                + Long.toUnsignedString(length) + ")";
    }
}
