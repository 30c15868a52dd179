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
    void inform(int option, int information, String text) {
        byte[] bytes = utf8(text);
        add(option, NBD_REP_INFO, Short.BYTES + bytes.length).putShort((short) information).put(bytes);
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
