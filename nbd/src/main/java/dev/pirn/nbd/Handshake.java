package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.CoTls;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The fixed newstyle negotiation, the server's side: offers exports, and finds the one wanted.
 *
 * <pre>
 *   S  NBDMAGIC, IHAVEOPT, u16 handshake flags
 *   C  u32 client flags
 *   C  option ──▶ S  replies     again and again, until
 *      NBD_OPT_GO, granted ──▶ transmission
 *      NBD_OPT_EXPORT_NAME ──▶ transmission, or closed
 *      NBD_OPT_ABORT       ──▶ closed
 *
 *   a reply:
 *   0                       8        12           16       20
 *   │ 0x0003e889045565a9    │ option │ reply type │ length │ data: length bytes
 *   │ u64                   │ u32    │ u32        │ u32    │
 * </pre>
 */
final class Handshake {
    private enum Next { OPTION, TLS, TRANSMISSION, CLOSE }

    private final Input input;
    private final List<NbdExport> exports;
    private final NbdTls tls;
    private CoStream stream;
    private final OptionReplies replies;
    /** What the client is granted, once it is. */
    private Terms granted;
    private boolean fixedNewstyle;
    private boolean noZeroes;
    private Framing framing = Framing.SIMPLE;
    /** For which export contexts were set, by the last option that sets some; or null. */
    private NbdExport contextsOf;
    /** Which, a bit for each number. */
    private long contexts;

    /**
     * Makes one.
     *
     * @param exports at least one; the first is the default
     * @param tls how to encrypt; null for not at all
     */
    Handshake(CoSocket socket, Input input, List<NbdExport> exports, NbdTls tls) {
        this.stream = socket;
        this.replies = new OptionReplies(socket);
        this.input = input;
        this.exports = exports;
        this.tls = tls;
    }

    /**
     * Haggles to the end. Suspends.
     *
     * @return true if requests follow; false if the client left, as it may
     * @throws ProtocolException if the client did what cannot be answered but by closing
     */
    @CoroutineFn
    boolean run() throws IOException {
        int ours = NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES;
        replies.raw().putLong(NBDMAGIC).putLong(IHAVEOPT).putShort((short) ours);
        replies.send();
        if (!input.need(Integer.BYTES)) return false;
        int theirs = input.buffer().getInt();
        if ((theirs & ~ours) != 0) {
            throw new ProtocolException("unknown client flags 0x" + Integer.toHexString(theirs));
        }
        fixedNewstyle = (theirs & NBD_FLAG_FIXED_NEWSTYLE) != 0;
        noZeroes = (theirs & NBD_FLAG_NO_ZEROES) != 0;

        for (int count = 0; count < Limits.OPTIONS_MAX; count++) {
            if (!input.need(Option.HEADER_SIZE)) return false;
            Next next = option();
            replies.send();
            if (next == Next.TLS) startTls();
            else if (next != Next.OPTION) return next == Next.TRANSMISSION;
        }
        throw new ProtocolException("more than " + Limits.OPTIONS_MAX + " options");
    }

    /** Reads one option, whose header is there, and puts the replies into {@link #replies}. */
    @CoroutineFn
    private Next option() throws IOException {
        ByteBuffer in = input.buffer();
        long magic = in.getLong();
        int type = in.getInt();
        long length = Integer.toUnsignedLong(in.getInt());
        if (magic != IHAVEOPT) throw new ProtocolException("no option, but 0x" + Long.toHexString(magic));
        if (!fixedNewstyle && type != NBD_OPT_EXPORT_NAME) {
            throw new ProtocolException("option " + type
                    + " of a client that did not say NBD_FLAG_C_FIXED_NEWSTYLE");
        }
        if (needsTls(type)) {
            refuseWithoutTls(type, length);
            return Next.OPTION;
        }
        if (length > Limits.OPTION_SIZE_MAX || !Option.isSupported(type)) {
            refuseUnseen(type, length);
            return Next.OPTION;
        }
        input.expect((int) length);
        ByteBuffer data = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        if (type == NBD_OPT_SET_META_CONTEXT) contextsOf = null; // An error leaves none.
        return answer(type, Option.parse(type, data));
    }

    /** True for what FORCEDTLS does not allow yet. */
    private boolean needsTls(int type) {
        return tls != null && tls.required() && !isEncrypted() && type != NBD_OPT_STARTTLS
                && type != NBD_OPT_ABORT;
    }

    @CoroutineFn
    private void refuseWithoutTls(int type, long length) throws IOException {
        if (length > Limits.OPTION_SKIP_MAX || type == NBD_OPT_EXPORT_NAME) {
            throw new ProtocolException("option " + type + " without TLS, which is required");
        }
        input.skip(length);
        replies.refuse(type, NBD_REP_ERR_TLS_REQD, "TLS is required: NBD_OPT_STARTTLS comes first");
    }

    /** From here on all is encrypted; what was agreed on before is forgotten, as the text has it. */
    @CoroutineFn
    private void startTls() throws IOException {
        if (input.has(1)) {
            // Whoever sits between could have put it there, to be taken for the client's.
            throw new ProtocolException("bytes that are not encrypted behind NBD_OPT_STARTTLS");
        }
        stream = CoTls.accept((CoSocket) stream, tls.context(), tls.verifiesPeer());
        input.readFrom(stream);
        replies.sendTo(stream);
        framing = Framing.SIMPLE;
        contextsOf = null;
    }

    /** Where the client is read and written: encrypted, if it asked for that. */
    CoStream stream() {
        return stream;
    }

    private boolean isEncrypted() {
        return stream instanceof CoTls;
    }

    @CoroutineFn
    private void refuseUnseen(int type, long length) throws IOException {
        if (length > Limits.OPTION_SKIP_MAX || type == NBD_OPT_EXPORT_NAME) {
            throw new ProtocolException("option " + type + " with " + length + " bytes of data");
        }
        input.skip(length);
        if (Option.isSupported(type)) {
            replies.refuse(type, NBD_REP_ERR_TOO_BIG,
                    length + " bytes of data, more than " + Limits.OPTION_SIZE_MAX);
        } else {
            replies.refuse(type, NBD_REP_ERR_UNSUP,
                    "no option of this server: " + Integer.toUnsignedString(type));
        }
    }

    @CoroutineFn
    private Next answer(int type, Option option) throws IOException {
        switch (option) {
            case Option.ExportName(String name) -> {
                NbdExport export = find(name);
                if (export == null) throw new ProtocolException("no export is called \"" + name + '"');
                if (framing == Framing.EXTENDED) {
                    throw new ProtocolException("NBD_OPT_EXPORT_NAME after NBD_OPT_EXTENDED_HEADERS");
                }
                granted = terms(export, 1);
                replies.raw().putLong(granted.size()).putShort((short) granted.flags());
                if (!noZeroes) replies.raw().put(new byte[EXPORT_NAME_ZEROES]);
                return Next.TRANSMISSION;
            }
            case Option.Info info -> {
                NbdExport export = findOrRefuse(type, info.name());
                if (export == null) return Next.OPTION;
                // Who asks for the sizes by GO promises to keep to them; all others are served as they like.
                boolean promises = info.wants(NBD_INFO_BLOCK_SIZE);
                Terms terms = terms(export, promises ? export.blockSizeMin() : 1);
                replies.informOf(type, info, terms);
                replies.acknowledge(type);
                if (!info.go()) return Next.OPTION;
                granted = terms;
                return Next.TRANSMISSION;
            }
            case Option.ListExports() -> list(type);
            case Option.Abort() -> {
                replies.acknowledge(type);
                return Next.CLOSE;
            }
            case Option.StartTls() when tls == null ->
                    replies.refuse(type, NBD_REP_ERR_UNSUP, "this server has no TLS");
            case Option.StartTls() when isEncrypted() ->
                    replies.refuse(type, NBD_REP_ERR_INVALID, "TLS has begun already");
            case Option.StartTls() -> {
                replies.acknowledge(type);
                return Next.TLS;
            }
            case Option.StructuredReply() when framing == Framing.EXTENDED ->
                    replies.refuse(type, NBD_REP_ERR_EXT_HEADER_REQD,
                            "extended headers were agreed on, and have chunks too");
            case Option.StructuredReply() -> agree(type, Framing.STRUCTURED);
            case Option.ExtendedHeaders() -> agree(type, Framing.EXTENDED);
            case Option.MetaContext meta when !framing.hasChunks() ->
                    replies.refuse(type, NBD_REP_ERR_INVALID,
                            "metadata contexts need structured replies or extended headers first");
            case Option.MetaContext meta -> metaContext(type, meta);
            case Option.Malformed(String why) -> {
                if (type == NBD_OPT_EXPORT_NAME) throw new ProtocolException("NBD_OPT_EXPORT_NAME: " + why);
                replies.refuse(type, NBD_REP_ERR_INVALID, why);
            }
            case Option.Unsupported() -> throw new AssertionError("option " + type);
        }
        return Next.OPTION;
    }

    /** Asked for a second time, it is as true. */
    private void agree(int type, Framing wanted) {
        framing = wanted;
        replies.acknowledge(type);
    }

    /** The empty name is the default export's, which is the first; null if none is called so. */
    private NbdExport find(String name) {
        for (NbdExport each : exports) {
            if (each.name().equals(name)) return each;
        }
        return name.isEmpty() ? exports.getFirst() : null;
    }

    private NbdExport findOrRefuse(int type, String name) {
        NbdExport found = find(name);
        if (found == null) replies.refuse(type, NBD_REP_ERR_UNKNOWN, "no export is called \"" + name + '"');
        return found;
    }

    /** One at a time: together they may be more than there is room for. */
    @CoroutineFn
    private void list(int type) throws IOException {
        for (NbdExport each : exports) {
            replies.server(type, each);
            replies.send();
        }
        replies.acknowledge(type);
    }

    /** To ask for what we have not is no error: it is left out of the answer. */
    @CoroutineFn
    private void metaContext(int type, Option.MetaContext meta) throws IOException {
        if (meta.set()) contextsOf = null; // "Including when this command fails."
        NbdExport export = findOrRefuse(type, meta.name());
        if (export == null) return;
        long found = 0;
        for (int id : export.contextsFor(meta.queries(), !meta.set())) {
            replies.context(type, meta.set() ? id : 0, export.contextName(id));
            replies.send(); // One at a time: together they may be more than there is room for.
            found |= 1L << id;
        }
        if (meta.set()) {
            contextsOf = export;
            contexts = found;
        }
        replies.acknowledge(type);
    }

    private Terms terms(NbdExport export, int blockSize) {
        return new Terms(export, framing, contextsOf == export ? contexts : 0, blockSize);
    }

    /** What the client is granted; null before. */
    Terms granted() {
        return granted;
    }
}
