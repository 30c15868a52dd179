package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

/**
 * What a client and a server agreed on in the handshake. After a reconnect it must be the same: somebody
 * counts on it.
 *
 * @param size of the export, in bytes
 * @param flags the transmission flags
 * @param framing how requests and replies look
 * @param allocation whether BLOCK_STATUS tells base:allocation; its context is {@code allocationId}
 * @param blockSizeMin a power of two: every request is aligned to it
 * @param payloadSizeMax bytes that a READ or a WRITE may have; a multiple of it
 */
record Agreed(long size, int flags, Framing framing, boolean allocation, int allocationId,
        int blockSizeMin, int payloadSizeMax) {
    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isReadOnly() {
        return has(NBD_FLAG_READ_ONLY);
    }

    /**
     * True if who was promised {@code before} has it by this too; the context's number is the server's. What
     * waits to be sent again may have a length that only extended headers can say.
     */
    boolean keeps(Agreed before) {
        return size == before.size && (flags & before.flags) == before.flags
                && isReadOnly() == before.isReadOnly() && blockSizeMin == before.blockSizeMin
                && payloadSizeMax == before.payloadSizeMax && (allocation || !before.allocation)
                && (framing == Framing.EXTENDED || before.framing != Framing.EXTENDED);
    }
}
