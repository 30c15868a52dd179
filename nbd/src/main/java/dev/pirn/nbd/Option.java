package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client asks for while it haggles. The message:
 *
 * <pre>
 *   0            8       12       16
 *   │ "IHAVEOPT" │ type  │ length │ data: length bytes
 *   │ u64        │ u32   │ u32    │
 * </pre>
 */
sealed interface Option {
    /** Bytes of the message without data. */
    int HEADER_SIZE = 16;

    /** NBD_OPT_EXPORT_NAME: the data is the name. The only one that cannot be refused but by closing. */
    record ExportName(String name) implements Option { }

    /** NBD_OPT_ABORT. What data it has is nobody's. */
    record Abort() implements Option { }

    /** NBD_OPT_LIST: no data. */
    record ListExports() implements Option { }

    /**
     * NBD_OPT_INFO and NBD_OPT_GO.
     * <pre>
     *   0             4              4 + length
     *   │ name length │ name         │ count │ count times an information type
     *   │ u32         │ length bytes │ u16   │ u16 each
     * </pre>
     *
     * @param wanted the information types, bit by number; those that we do not know are left out
     */
    record Info(boolean go, String name, int wanted) implements Option {
        boolean wants(int type) {
            return (wanted & 1 << type) != 0;
        }
    }

    /** NBD_OPT_STARTTLS: no data. */
    record StartTls() implements Option { }

    /** NBD_OPT_STRUCTURED_REPLY: no data. */
    record StructuredReply() implements Option { }

    /** NBD_OPT_EXTENDED_HEADERS: no data. */
    record ExtendedHeaders() implements Option { }

    /**
     * NBD_OPT_LIST_META_CONTEXT and NBD_OPT_SET_META_CONTEXT.
     * <pre>
     *   0             4              4 + length
     *   │ name length │ name         │ count │ count times: │ length │ query        │
     *   │ u32         │ length bytes │ u32   │              │ u32    │ length bytes │
     * </pre>
     *
     * <p>What is listed, or set, {@link NbdExport#contextsFor} says.
     */
    record MetaContext(boolean set, String name, List<String> queries) implements Option { }

    /** One that the text knows, with data that it does not allow. */
    record Malformed(String why) implements Option { }

    /** One that we do not do. */
    record Unsupported() implements Option { }

    /** True if {@link #parse} would look at the data. */
    static boolean isSupported(int type) {
        return switch (type) {
            case NBD_OPT_EXPORT_NAME, NBD_OPT_ABORT, NBD_OPT_LIST, NBD_OPT_STARTTLS, NBD_OPT_INFO,
                    NBD_OPT_GO, NBD_OPT_STRUCTURED_REPLY, NBD_OPT_LIST_META_CONTEXT,
                    NBD_OPT_SET_META_CONTEXT, NBD_OPT_EXTENDED_HEADERS -> true;
            default -> false;
        };
    }

    /** Reads {@code data}, which is all that the option has. */
    static Option parse(int type, ByteBuffer data) {
        return switch (type) {
            case NBD_OPT_EXPORT_NAME -> {
                String name = string(data, data.remaining());
                yield name == null ? new Malformed("the name is no string of NBD") : new ExportName(name);
            }
            case NBD_OPT_ABORT -> new Abort();
            case NBD_OPT_LIST -> data.hasRemaining()
                    ? new Malformed("NBD_OPT_LIST takes no data") : new ListExports();
            case NBD_OPT_STARTTLS -> data.hasRemaining()
                    ? new Malformed("NBD_OPT_STARTTLS takes no data") : new StartTls();
            case NBD_OPT_INFO, NBD_OPT_GO -> info(type == NBD_OPT_GO, data);
            case NBD_OPT_STRUCTURED_REPLY -> data.hasRemaining()
                    ? new Malformed("NBD_OPT_STRUCTURED_REPLY takes no data") : new StructuredReply();
            case NBD_OPT_EXTENDED_HEADERS -> data.hasRemaining()
                    ? new Malformed("NBD_OPT_EXTENDED_HEADERS takes no data") : new ExtendedHeaders();
            case NBD_OPT_LIST_META_CONTEXT, NBD_OPT_SET_META_CONTEXT ->
                    metaContext(type == NBD_OPT_SET_META_CONTEXT, data);
            default -> new Unsupported();
        };
    }

    private static Option info(boolean go, ByteBuffer data) {
        if (data.remaining() < 6) return new Malformed("the data ends before its name and count");
        long nameLength = Integer.toUnsignedLong(data.getInt());
        if (nameLength > data.remaining() - 2) return new Malformed("the name is longer than the data");
        String name = string(data, (int) nameLength);
        if (name == null) return new Malformed("the name is no string of NBD");
        int count = Short.toUnsignedInt(data.getShort());
        if (data.remaining() != 2 * count) {
            return new Malformed(count + " information types in " + data.remaining() + " bytes");
        }
        int wanted = 0;
        while (data.hasRemaining()) {
            int type = Short.toUnsignedInt(data.getShort());
            if (type <= NBD_INFO_BLOCK_SIZE) wanted |= 1 << type;
        }
        return new Info(go, name, wanted);
    }

    private static Option metaContext(boolean set, ByteBuffer data) {
        if (data.remaining() < 8) return new Malformed("the data ends before its name and count");
        long nameLength = Integer.toUnsignedLong(data.getInt());
        if (nameLength > data.remaining() - 4) return new Malformed("the name is longer than the data");
        String name = string(data, (int) nameLength);
        if (name == null) return new Malformed("the name is no string of NBD");
        long count = Integer.toUnsignedLong(data.getInt());
        var queries = new ArrayList<String>();
        for (long i = 0; i < count; i++) { // Each takes bytes: a count that lies ends it soon.
            if (data.remaining() < 4) return new Malformed("the data ends before query " + i);
            long length = Integer.toUnsignedLong(data.getInt());
            if (length > data.remaining()) return new Malformed("query " + i + " is longer than the data");
            String query = string(data, (int) length);
            if (query == null) return new Malformed("query " + i + " is no string");
            queries.add(query);
        }
        if (data.hasRemaining()) {
            return new Malformed(data.remaining() + " bytes after the last of " + count + " queries");
        }
        return new MetaContext(set, name, queries);
    }

    /** A string as "Conventions" has it: UTF-8, no NUL, no longer than 4096 bytes; null if it is none. */
    private static String string(ByteBuffer data, int length) {
        if (length > STRING_LENGTH_MAX) return null;
        ByteBuffer bytes = data.slice(data.position(), length);
        data.position(data.position() + length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            return text.indexOf('\0') < 0 ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
