package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.CoTls;
import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The fixed newstyle negotiation, the client's side: asks for one export. {@link Handshake} draws it.
 *
 * <pre>
 *   STARTTLS, for nbds:// ──granted──▶ TLS ──▶ all else
 *        └─ not done: closed
 *   EXTENDED_HEADERS ─────────────────────▶ SET_META_CONTEXT base:allocation ──▶ GO ──granted──▶ transmission
 *        └─ not done: STRUCTURED_REPLY ──────▲                                 ▲ └─ not done: EXPORT_NAME ──▲
 *                          └─ not done: simple replies ────────────────────────┘
 * </pre>
 */
final class ClientHandshake {
    private static final int GREETING_SIZE = 18;
    private static final int REPLY_HEADER_SIZE = 20;
    private static final int EXPORT_SIZE = 10;

    private final Input input;
    private final ClientTls tls;
    private final Blame blame;
    private final byte[] export;
    private CoStream stream;
    private Framing framing = Framing.SIMPLE;
    private boolean allocation;
    private int allocationId;
    private long size;
    private int flags;
    private int blockSizeMin = 1;
    private long payloadSizeMax = Limits.PAYLOAD_SIZE_MAX;

    /**
     * Makes one.
     *
     * @param tls how to encrypt; null for not at all
     */
    ClientHandshake(CoSocket socket, Input input, ClientTls tls, String export, Blame blame) {
        this.stream = socket;
        this.input = input;
        this.tls = tls;
        this.export = export.getBytes(StandardCharsets.UTF_8);
        this.blame = blame;
    }

    /**
     * Haggles to the end. Suspends.
     *
     * @throws ProtocolException if the server broke a rule
     * @throws IOException if it refused, or left
     */
    @CoroutineFn
    Agreed run() throws IOException {
        input.expect(GREETING_SIZE);
        ByteBuffer in = input.buffer();
        if (in.getLong() != NBDMAGIC) throw blame.rule("the greeting does not begin with NBDMAGIC");
        long magic = in.getLong();
        if (magic == CLISERV_MAGIC) throw blame.refusal("it speaks the oldstyle negotiation alone");
        if (magic != IHAVEOPT) throw blame.rule("the greeting has no IHAVEOPT");
        int theirs = in.getShort() & (NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
        send(ByteBuffer.allocate(Integer.BYTES).putInt(theirs).flip());

        boolean zeroes = (theirs & NBD_FLAG_NO_ZEROES) == 0;
        boolean fixed = (theirs & NBD_FLAG_FIXED_NEWSTYLE) != 0;
        if (tls != null) startTls(fixed);
        if (!fixed) return exportName(zeroes);
        if (granted(NBD_OPT_EXTENDED_HEADERS)) framing = Framing.EXTENDED;
        else if (granted(NBD_OPT_STRUCTURED_REPLY)) framing = Framing.STRUCTURED;
        if (framing.hasChunks()) askForAllocation();
        return go() ? agreed() : exportName(zeroes);
    }

    /** Asks for what is granted without more words. */
    @CoroutineFn
    private boolean granted(int option) throws IOException {
        return ask(option, ByteBuffer.allocate(0), null) == NBD_REP_ACK;
    }

    /** All that follows is encrypted, or nothing does: whoever sits between could deny that there is TLS. */
    @CoroutineFn
    private void startTls(boolean fixed) throws IOException {
        if (!fixed || !granted(NBD_OPT_STARTTLS)) {
            throw blame.refusal("it has no TLS, without which " + blame + " is not opened");
        }
        if (input.has(1)) throw blame.rule("bytes behind NBD_OPT_STARTTLS's reply that are not encrypted");
        stream = CoTls.connect((CoSocket) stream, tls.context(), tls.host(), tls.port());
        input.readFrom(stream);
    }

    /** Where the server is read and written: encrypted, if that was asked for. */
    CoStream stream() {
        return stream;
    }

    @CoroutineFn
    private void askForAllocation() throws IOException {
        byte[] query = BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(3 * Integer.BYTES + export.length + query.length)
                .putInt(export.length).put(export).putInt(1).putInt(query.length).put(query).flip();
        int end = ask(NBD_OPT_SET_META_CONTEXT, data, this::metaContext);
        allocation = allocation && end == NBD_REP_ACK;
    }

    private void metaContext(ByteBuffer data) {
        if (data.remaining() < Integer.BYTES) throw new Broken("NBD_REP_META_CONTEXT without a number");
        int id = data.getInt();
        String name = StandardCharsets.UTF_8.decode(data).toString();
        if (!name.equals(BASE_ALLOCATION)) {
            throw new Broken("context " + Blame.quote(name) + " was not asked for");
        }
        if (allocation) throw new Broken("context " + BASE_ALLOCATION + " came twice");
        allocation = true;
        allocationId = id;
    }

    /** True if it was granted; false if the server does not know how. */
    @CoroutineFn
    private boolean go() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(2 * Integer.BYTES + export.length)
                .putInt(export.length).put(export)
                .putShort((short) 1).putShort((short) NBD_INFO_BLOCK_SIZE).flip();
        size = -1;
        int end = ask(NBD_OPT_GO, data, this::info);
        if (end == NBD_REP_ERR_UNSUP && framing == Framing.EXTENDED) {
            throw blame.rule("NBD_OPT_GO is not done, but NBD_OPT_EXTENDED_HEADERS is");
        }
        if (end == NBD_REP_ERR_UNSUP) return false;
        if (end != NBD_REP_ACK) throw blame.refusal(refusal(end));
        if (size < 0) throw blame.rule("NBD_OPT_GO was granted without NBD_INFO_EXPORT");
        return true;
    }

    private void info(ByteBuffer data) {
        int type = data.remaining() < Short.BYTES ? -1 : data.getShort();
        if (type == NBD_INFO_EXPORT && data.remaining() == EXPORT_SIZE) {
            takeExport(data);
        } else if (type == NBD_INFO_BLOCK_SIZE && data.remaining() == 3 * Integer.BYTES) {
            takeBlockSizes(data);
        } else if (type == -1 || type == NBD_INFO_EXPORT || type == NBD_INFO_BLOCK_SIZE) {
            throw new Broken("NBD_REP_INFO of type " + type + " with " + data.remaining() + " bytes");
        } // Others were not asked for, and are allowed.
    }

    private void takeExport(ByteBuffer data) {
        size = data.getLong();
        flags = Short.toUnsignedInt(data.getShort());
        if (size < 0) throw new Broken("an export of " + Long.toUnsignedString(size) + " bytes");
    }

    private void takeBlockSizes(ByteBuffer data) {
        int min = data.getInt();
        int preferred = data.getInt();
        long max = Integer.toUnsignedLong(data.getInt());
        boolean sound = Integer.bitCount(min) == 1 && min > 0 && min <= Limits.BLOCK_SIZE_MIN_MAX
                && Integer.bitCount(preferred) == 1 && preferred >= min && max >= min
                && (max % min == 0 || max == 0xffffffffL);
        if (!sound) {
            throw new Broken("block sizes %d, %d, %d".formatted(min, Integer.toUnsignedLong(preferred), max));
        }
        blockSizeMin = min;
        payloadSizeMax = max;
    }

    /** The older way, which has no error reply: an unknown name closes the connection. */
    @CoroutineFn
    private Agreed exportName(boolean zeroes) throws IOException {
        sendOption(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap(export));
        if (!input.need(EXPORT_SIZE)) {
            throw blame.refusal("it closed when it was asked for export "
                    + Blame.quote(new String(export, StandardCharsets.UTF_8)) + ", which it may not have");
        }
        try {
            takeExport(input.buffer());
        } catch (Broken e) {
            throw blame.rule(e.getMessage());
        }
        if (zeroes) input.skip(EXPORT_NAME_ZEROES);
        return agreed();
    }

    private Agreed agreed() throws IOException {
        if (size % blockSizeMin != 0) {
            throw blame.rule("an export of " + size + " bytes, in blocks of " + blockSizeMin);
        }
        int most = (int) Math.min(payloadSizeMax, Limits.PAYLOAD_SIZE_MAX) & -blockSizeMin;
        return new Agreed(size, flags, framing, allocation, allocationId, blockSizeMin, most);
    }

    /**
     * Asks for an option, gives the data of each reply before the last to {@code each}, and returns the type
     * of the last, which is an ACK or an error.
     */
    @CoroutineFn
    private int ask(int option, ByteBuffer data, Consumer<ByteBuffer> each) throws IOException {
        sendOption(option, data);
        for (int count = 0; count < Limits.OPTION_REPLIES_MAX; count++) {
            input.expect(REPLY_HEADER_SIZE);
            ByteBuffer in = input.buffer();
            if (in.getLong() != OPTION_REPLY_MAGIC) throw blame.rule("an option's reply without its magic");
            int about = in.getInt();
            if (about != option) throw blame.rule("a reply to option " + about + " instead of " + option);
            int type = in.getInt();
            int length = in.getInt();
            if (length < 0 || length > Limits.OPTION_SIZE_MAX) {
                throw blame.rule("a reply to option %d of %d bytes, more than %d"
                        .formatted(option, Integer.toUnsignedLong(length), Limits.OPTION_SIZE_MAX));
            }
            if (take(option, type, length, each)) return type;
        }
        throw blame.rule("more than " + Limits.OPTION_REPLIES_MAX + " replies to option " + option);
    }

    /** Takes a reply's data; returns whether it was the last. */
    @CoroutineFn
    private boolean take(int option, int type, int length, Consumer<ByteBuffer> each) throws IOException {
        input.expect(length);
        ByteBuffer in = input.buffer();
        ByteBuffer data = in.slice(in.position(), length);
        in.position(in.position() + length);
        if (type < 0) {
            blame.says(StandardCharsets.UTF_8.decode(data).toString());
            return true;
        }
        if (type == NBD_REP_ACK) {
            if (length > 0) throw blame.rule("NBD_REP_ACK with " + length + " bytes");
            return true;
        }
        int expected = option == NBD_OPT_GO ? NBD_REP_INFO : NBD_REP_META_CONTEXT;
        if (each == null || type != expected) {
            throw blame.rule("reply " + type + " to option " + option);
        }
        try {
            each.accept(data);
        } catch (Broken e) {
            throw blame.rule(e.getMessage());
        }
        return false;
    }

    @CoroutineFn
    private void sendOption(int option, ByteBuffer data) throws IOException {
        send(ByteBuffer.allocate(Option.HEADER_SIZE + data.remaining()).putLong(IHAVEOPT).putInt(option)
                .putInt(data.remaining()).put(data).flip());
    }

    @CoroutineFn
    private void send(ByteBuffer bytes) throws IOException {
        stream.write(bytes);
    }

    private String refusal(int type) {
        String name = Blame.quote(new String(export, StandardCharsets.UTF_8));
        return switch (type) {
            case NBD_REP_ERR_UNKNOWN -> "it has no export " + name;
            case NBD_REP_ERR_TLS_REQD -> "it wants TLS: open " + encrypted(blame.toString()) + " instead";
            case NBD_REP_ERR_POLICY -> "its policy forbids export " + name;
            case NBD_REP_ERR_SHUTDOWN -> "it is shutting down";
            default -> "it refuses export %s with error 0x%x".formatted(name, type);
        };
    }

    private static String encrypted(String uri) {
        return uri.replaceFirst("^nbd", "nbds");
    }

    /** A rule that was broken, found where {@link Blame} is not at hand. */
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Broken(String rule) {
            super(rule, null, false, false);
        }
    }
}
