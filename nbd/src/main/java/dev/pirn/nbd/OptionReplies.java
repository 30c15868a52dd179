package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoStream;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a server says during the handshake: collected, then sent. */
final class OptionReplies {
    /** Room for what is sent at a time: two strings and change. */
    private static final int SIZE_MAX = 2 * STRING_LENGTH_MAX + 512;

    private final ByteBuffer out = ByteBuffer.allocate(SIZE_MAX);
    private CoStream stream;

    OptionReplies(CoStream stream) {
        this.stream = stream;
    }

    /** What is sent from now on goes there. */
    void sendTo(CoStream there) {
        stream = there;
    }

    /** Where what is no reply to an option is put. */
    ByteBuffer raw() {
        return out;
    }

    /** Begins a reply to {@code option}, of {@code length} bytes that the caller puts behind. */
    ByteBuffer add(int option, int type, int length) {
        return out.putLong(OPTION_REPLY_MAGIC).putInt(option).putInt(type).putInt(length);
    }

    void acknowledge(int option) {
        add(option, NBD_REP_ACK, 0);
    }

    void refuse(int option, int error, String why) {
        byte[] text = utf8(why);
        int length = Math.min(text.length, STRING_LENGTH_MAX);
        add(option, error, length).put(text, 0, length);
    }

    /** Adds a piece of information that is text. */
    private void inform(int option, int information, String text) {
        byte[] bytes = utf8(text);
        add(option, NBD_REP_INFO, Short.BYTES + bytes.length).putShort((short) information).put(bytes);
    }

    /** Adds what there is to be said of an export, as far as it was asked for. */
    void informOf(int option, Option.Info asked, Terms terms) {
        NbdExport export = terms.export();
        add(option, NBD_REP_INFO, 12).putShort((short) NBD_INFO_EXPORT).putLong(terms.size())
                .putShort((short) terms.flags());
        if (asked.wants(NBD_INFO_NAME)) inform(option, NBD_INFO_NAME, export.name());
        if (asked.wants(NBD_INFO_DESCRIPTION) && !export.description().isEmpty()) {
            inform(option, NBD_INFO_DESCRIPTION, export.description());
        }
        if (asked.wants(NBD_INFO_BLOCK_SIZE)) {
            int min = export.blockSizeMin();
            add(option, NBD_REP_INFO, 14).putShort((short) NBD_INFO_BLOCK_SIZE).putInt(min)
                    .putInt(Math.max(min, Limits.BLOCK_SIZE_PREFERRED)).putInt(Limits.PAYLOAD_SIZE_MAX);
        }
    }

    /** Adds a context's number and name. */
    void context(int option, int id, String name) {
        byte[] bytes = utf8(name);
        add(option, NBD_REP_META_CONTEXT, Integer.BYTES + bytes.length).putInt(id).put(bytes);
    }

    /** Adds an export to the list. */
    void server(int option, NbdExport export) {
        byte[] name = utf8(export.name());
        byte[] description = utf8(export.description());
        add(option, NBD_REP_SERVER, Integer.BYTES + name.length + description.length)
                .putInt(name.length).put(name).put(description);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Suspends. */
    @CoroutineFn
    void send() throws IOException {
        stream.write(out.flip());
        out.clear();
    }
}
