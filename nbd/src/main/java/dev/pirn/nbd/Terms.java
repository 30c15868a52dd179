package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

/**
 * On what terms a client has an export.
 *
 * @param contexts which metadata contexts it has set, a bit for each number
 * @param blockSize a power of two, to which it has promised to align its requests; 1 if it has not
 */
record Terms(NbdExport export, Framing framing, long contexts, int blockSize) {
    long size() {
        return export.device().size();
    }

    boolean isReadOnly() {
        return export.device().isReadOnly();
    }

    /**
     * The transmission flags: what we do, and nothing that we do not. All connections share an export's disk,
     * so that a flush covers all.
     */
    int flags() {
        int flags = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA
                | NBD_FLAG_CAN_MULTI_CONN | NBD_FLAG_SEND_CACHE;
        if (framing.hasChunks()) flags |= NBD_FLAG_SEND_DF;
        if (takesStatusPayload()) flags |= NBD_FLAG_BLOCK_STATUS_PAYLOAD;
        return isReadOnly() ? flags | NBD_FLAG_READ_ONLY
                : flags | NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_WRITE_ZEROES | NBD_FLAG_SEND_FAST_ZERO;
    }

    /** Whether a BLOCK_STATUS may have a payload, which says of which contexts. */
    boolean takesStatusPayload() {
        return framing == Framing.EXTENDED && contexts != 0;
    }
}
