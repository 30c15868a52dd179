package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.CoTls;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The fixed newstyle negotiation, the server's side: offers one export.
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
    /** Room for all replies to one option: two strings and change. */
    private static final int REPLIES_SIZE_MAX = 2 * STRING_LENGTH_MAX + 512;

    private enum Next { OPTION, TLS, TRANSMISSION, CLOSE }

    private final Input input;
    private final NbdExport export;
    private final NbdTls tls;
    private CoStream stream;
    private final ByteBuffer out = ByteBuffer.allocate(REPLIES_SIZE_MAX);
    private boolean fixedNewstyle;
    private boolean noZeroes;
    private boolean structured;

    /**
     * Makes one.
     *
     * @param tls how to encrypt; null for not at all
     */
    Handshake(CoSocket socket, Input input, NbdExport export, NbdTls tls) {
        this.stream = socket;
        this.input = input;
        this.export = export;
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
        out.putLong(NBDMAGIC).putLong(IHAVEOPT).putShort((short) ours);
        send();
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
            send();
            if (next == Next.TLS) startTls();
            else if (next != Next.OPTION) return next == Next.TRANSMISSION;
        }
        throw new ProtocolException("more than " + Limits.OPTIONS_MAX + " options");
    }

    /** Reads one option, whose header is there, and puts the replies into {@link #out}. */
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
        refuse(type, NBD_REP_ERR_TLS_REQD, "TLS is required: NBD_OPT_STARTTLS comes first");
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
        structured = false;
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
            refuse(type, NBD_REP_ERR_TOO_BIG, length + " bytes of data, more than " + Limits.OPTION_SIZE_MAX);
        } else {
            refuse(type, NBD_REP_ERR_UNSUP, "no option of this server: " + Integer.toUnsignedString(type));
        }
    }

    private Next answer(int type, Option option) throws ProtocolException {
        switch (option) {
            case Option.ExportName(String name) -> {
                if (!isOurs(name)) throw new ProtocolException("no export is called \"" + name + '"');
                out.putLong(export.device().size()).putShort((short) transmissionFlags());
                if (!noZeroes) out.put(new byte[EXPORT_NAME_ZEROES]);
                return Next.TRANSMISSION;
            }
            case Option.Info info when !isOurs(info.name()) ->
                    refuse(type, NBD_REP_ERR_UNKNOWN, "no export is called \"" + info.name() + '"');
            case Option.Info info -> {
                inform(type, info);
                reply(type, NBD_REP_ACK, 0);
                if (info.go()) return Next.TRANSMISSION;
            }
            case Option.ListExports() -> {
                byte[] name = utf8(export.name());
                byte[] description = utf8(export.description());
                reply(type, NBD_REP_SERVER, Integer.BYTES + name.length + description.length)
                        .putInt(name.length).put(name).put(description);
                reply(type, NBD_REP_ACK, 0);
            }
            case Option.Abort() -> {
                reply(type, NBD_REP_ACK, 0);
                return Next.CLOSE;
            }
            case Option.StartTls() when tls == null ->
                    refuse(type, NBD_REP_ERR_UNSUP, "this server has no TLS");
            case Option.StartTls() when isEncrypted() ->
                    refuse(type, NBD_REP_ERR_INVALID, "TLS has begun already");
            case Option.StartTls() -> {
                reply(type, NBD_REP_ACK, 0);
                return Next.TLS;
            }
            case Option.StructuredReply() -> {
                structured = true; // Asked a second time, it is as true.
                reply(type, NBD_REP_ACK, 0);
            }
            case Option.MetaContext meta when !structured ->
                    refuse(type, NBD_REP_ERR_INVALID, "metadata contexts need structured replies first");
            case Option.MetaContext(String name) when !isOurs(name) ->
                    refuse(type, NBD_REP_ERR_UNKNOWN, "no export is called \"" + name + '"');
            // Of all that could be asked for we have none, which is an answer and no error.
            case Option.MetaContext meta -> reply(type, NBD_REP_ACK, 0);
            case Option.Malformed(String why) -> {
                if (type == NBD_OPT_EXPORT_NAME) throw new ProtocolException("NBD_OPT_EXPORT_NAME: " + why);
                refuse(type, NBD_REP_ERR_INVALID, why);
            }
            case Option.Unsupported() -> throw new AssertionError("option " + type);
        }
        return Next.OPTION;
    }

    /** The empty name is the default export, and ours is. */
    private boolean isOurs(String name) {
        return name.isEmpty() || name.equals(export.name());
    }

    private void inform(int type, Option.Info info) {
        reply(type, NBD_REP_INFO, 12).putShort((short) NBD_INFO_EXPORT)
                .putLong(export.device().size()).putShort((short) transmissionFlags());
        if (info.wants(NBD_INFO_NAME)) inform(type, NBD_INFO_NAME, export.name());
        if (info.wants(NBD_INFO_DESCRIPTION) && !export.description().isEmpty()) {
            inform(type, NBD_INFO_DESCRIPTION, export.description());
        }
        if (info.wants(NBD_INFO_BLOCK_SIZE)) {
            reply(type, NBD_REP_INFO, 14).putShort((short) NBD_INFO_BLOCK_SIZE)
                    .putInt(Limits.BLOCK_SIZE_MIN).putInt(Limits.BLOCK_SIZE_PREFERRED)
                    .putInt(Limits.PAYLOAD_SIZE_MAX);
        }
    }

    private void inform(int type, int information, String text) {
        byte[] bytes = utf8(text);
        reply(type, NBD_REP_INFO, Short.BYTES + bytes.length).putShort((short) information).put(bytes);
    }

    /** What we do, and nothing that we do not. All connections share one disk, so that a flush covers all. */
    private int transmissionFlags() {
        int flags = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA
                | NBD_FLAG_CAN_MULTI_CONN | NBD_FLAG_SEND_CACHE;
        if (structured) flags |= NBD_FLAG_SEND_DF;
        return export.device().isReadOnly() ? flags | NBD_FLAG_READ_ONLY
                : flags | NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_WRITE_ZEROES;
    }

    /** Whether the client asked for structured replies. */
    boolean isStructured() {
        return structured;
    }

    private void refuse(int type, int error, String why) {
        byte[] text = utf8(why);
        int length = Math.min(text.length, STRING_LENGTH_MAX);
        reply(type, error, length).put(text, 0, length);
    }

    private ByteBuffer reply(int type, int replyType, int length) {
        return out.putLong(OPTION_REPLY_MAGIC).putInt(type).putInt(replyType).putInt(length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @CoroutineFn
    private void send() throws IOException {
        stream.write(out.flip());
        out.clear();
    }
}
