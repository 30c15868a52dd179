package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.STRING_LENGTH_MAX;

import java.util.concurrent.TimeUnit;

/** What a client can have of us. */
final class Limits {
    /** Requests in flight of one connection: read, and not yet answered. Twice what Linux's client sends. */
    static final int REQUESTS_MAX = 256;

    /**
     * Longest READ or WRITE, in bytes, and the text's "maximum payload" where nothing else was negotiated.
     */
    static final int PAYLOAD_SIZE_MAX = 32 << 20;

    /** Smallest request, and alignment, in bytes: none. */
    static final int BLOCK_SIZE_MIN = 1;

    /** Request size and alignment that cost least, in bytes: a page. */
    static final int BLOCK_SIZE_PREFERRED = 4 << 10;

    /**
     * Longest WRITE, in bytes, that is read to its end to be refused; one that is longer ends the connection.
     */
    static final int DRAIN_SIZE_MAX = 64 << 20;

    /** Bytes of a connection's receive buffer: how much one read(2) may bring. */
    static final int RECEIVE_SIZE = 128 << 10;

    /** Bytes of payload that are a connection's own, whatever others do: 32 requests of a page. */
    static final int SHARE_BYTES = 128 << 10;

    /** What each connection costs of the server's memory before it borrows any, in bytes. */
    static final int PLACE_BYTES = RECEIVE_SIZE + SHARE_BYTES;

    /** Longest payload, in bytes, that borrows where all do; longer ones wait for each other. */
    static final int LARGE_SIZE = 2 << 20;

    /** Least that there is to borrow for those, in bytes. */
    static final int COMMON_BYTES_MIN = 8 << 20;

    /** Largest buffer, in bytes, that a loop lends without asking others; a larger one is worth a lock. */
    static final int SMALL_SIZE_MAX = 32 << 10;

    /** Bytes of such buffers that a server keeps while no request uses them. */
    static final long KEPT_SMALL_BYTES_MAX = 4 << 20;

    /** Bytes that all clients of a server may have together, where nothing else is said. */
    static final long MEMORY_BYTES_DEFAULT = 96L << 20;

    /** Time that who needs memory waits for others that have it and do not move, before one is dropped. */
    static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * Bytes of the system's send buffer that we ask for, of a unix socket; Linux gives twice as much, and no
     * more than twice its {@code net.core.wmem_max}, 416 KiB on older ones. With the 208 KiB that there are
     * without, each reply of 256 KiB waits for the client once or twice: nbdcopy's reads cost 20 % more CPU
     * than with 2 MiB, in which a client could have too many replies that it does not read.
     * A TCP socket's grows by itself unless somebody sets it.
     */
    static final int SEND_BUFFER_SIZE = 256 << 10;

    /** Payload, in bytes, from which on the next is expected to be as long: see {@link Input}. */
    static final int PAYLOAD_DIRECT_MIN = 64 << 10;

    /** Exports of one server: NBD_OPT_LIST answers with all. */
    static final int EXPORTS_MAX = 1000;

    /** Options in one handshake. libnbd's longest has some ten. */
    static final int OPTIONS_MAX = 64;

    /**
     * Bytes of data of an option that we look at: a name, and far more than the few information types there
     * are.
     */
    static final int OPTION_SIZE_MAX = 8 << 10;

    /** Bytes of data of an option that we skip to refuse it; one that is longer ends the connection. */
    static final int OPTION_SKIP_MAX = 1 << 20;

    /** Time from a connection's begin to the end of its handshake. */
    static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Time that clients have to take their last replies when the server shuts down. */
    static final long SHUTDOWN_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Connections that are accepted before the loop turns to others. */
    static final int ACCEPTS_MAX = 8;

    /** Time before the next accept when one failed: for want of file descriptors, most likely. */
    static final long ACCEPT_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * Replies after which they are sent, though more of the batch may come: so that client and server
     * overlap.
     */
    static final int REPLIES_FLUSH = 4;

    /**
     * Work that a connection may do before the loop turns to others, though more of its requests are there: a
     * millisecond or less of a disk that does not wait. In bytes of payload, a request counting as so many
     * more as it costs without any.
     */
    static final int TURN_BYTES_MAX = 2 << 20;
    static final int TURN_REQUEST_BYTES = 8 << 10;

    /** Shortest READ, in bytes, whose data is sent from the page cache: below, a copy costs less. */
    static final int SEND_SIZE_MIN = 64 << 10;

    /** Shortest READ, in bytes, that is searched for holes: a search costs a turn in the pool. */
    static final int HOLES_READ_SIZE_MIN = 64 << 10;

    /** Shortest hole, in bytes, that a READ's reply has as such. */
    static final int HOLE_SIZE_MIN = 4 << 10;

    /** Bytes behind a READ's begin that one search covers. */
    static final long HOLES_AHEAD_BYTES = 1L << 30;

    /** Extents that a search for a READ finds at most; what comes after them is read as data. */
    static final int READ_EXTENTS_MAX = 32;

    /** Extents that a server may tell in one reply, of which only those asked for are kept: nbdkit's most. */
    static final int STATUS_EXTENTS_TAKEN = 1 << 20;

    /** Extents in one answer to BLOCK_STATUS at most: what the smallest buffer holds. */
    static final int STATUS_EXTENTS_MAX = 256;

    /** Metadata contexts of one export; one extent of each still fits the smallest buffer. */
    static final int CONTEXTS_MAX = 62;

    /** Replies in one gathered write at most. */
    static final int REPLIES_GATHERED_MAX = 64;

    // What a server can have of our client.

    /** Bytes of buffers that a client keeps while no request uses them. */
    static final long KEPT_BYTES_MAX = 64L << 20;

    /** Bytes that the payloads of a client's requests in flight may have: two of the longest. */
    static final long PAYLOAD_BYTES_MAX = 2L * PAYLOAD_SIZE_MAX;

    /** Requests that a client has in flight: more than any server we know runs at a time. */
    static final int CALLS_MAX = 128;

    /** Largest minimum block size, in bytes, that the text allows a server to ask for. */
    static final int BLOCK_SIZE_MIN_MAX = 64 << 10;

    /** Replies to one option in a handshake. */
    static final int OPTION_REPLIES_MAX = 64;

    /** Characters of a server's text that we repeat. */
    static final int QUOTED_LENGTH_MAX = 200;

    /** Bytes of an error chunk: its numbers and the longest message there may be. */
    static final int ERROR_CHUNK_MAX = STRING_LENGTH_MAX + 64;

    /** Error chunks of one reply. */
    static final int ERROR_CHUNKS_MAX = 64;

    /** Pieces that do not touch, in which a READ's data may come until it is whole. */
    static final int PIECES_MAX = 1024;

    /**
     * Longest WRITE_ZEROES and TRIM, in bytes, that a client sends as one: so that one does not take minutes.
     */
    static final int RANGE_SIZE_MAX = 1 << 30;

    /**
     * The same, where lengths have 64 bits: most disks by one request. To a server that finds it too long,
     * {@link #RANGE_SIZE_MAX}.
     */
    static final long EXTENDED_RANGE_SIZE_MAX = 1L << 40;

    /** Zeroes, in bytes, that a client writes at a time to a server that cannot zero. */
    static final int ZEROES_SIZE = 1 << 20;

    /** Times that one request is sent again: it may be what the server dies of. */
    static final int RESENDS_MAX = 3;

    /** Time that a server has to take our leave. */
    static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private Limits() { }
}
