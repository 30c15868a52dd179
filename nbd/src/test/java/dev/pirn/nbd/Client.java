package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Says bytes to a server and hears what it says: a client that blocks, and does what no client should. */
final class Client implements AutoCloseable {
    record OptionReply(int option, int type, ByteBuffer data) {
        String text() {
            return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
        }
    }

    record Reply(int error, long cookie) { }

    /** A structured reply's chunk. */
    record Chunk(int flags, int type, long cookie, ByteBuffer payload) {
        /** Of an error chunk. */
        int error() {
            return payload.getInt(0);
        }

        /** Of an error chunk. */
        String message() {
            assertEquals(payload.limit() - 6, Short.toUnsignedInt(payload.getShort(4)));
            return StandardCharsets.UTF_8.decode(payload.slice(6, payload.limit() - 6)).toString();
        }
    }

    final SocketChannel channel;

    private Client(SocketChannel channel) {
        this.channel = channel;
    }

    static Client connect(SocketAddress address) throws IOException {
        return new Client(SocketChannel.open(address));
    }

    void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) channel.write(bytes);
    }

    ByteBuffer receive(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            int count = channel.read(bytes);
            if (count < 0) throw new EOFException("closed after " + bytes.position() + " of " + length);
        }
        return bytes.flip();
    }

    /** Reads the greeting and answers with {@code flags}. */
    void greet(int flags) throws IOException {
        ByteBuffer greeting = receive(18);
        assertEquals(NBDMAGIC, greeting.getLong());
        assertEquals(IHAVEOPT, greeting.getLong());
        assertEquals(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES, greeting.getShort());
        send(ByteBuffer.allocate(4).putInt(flags).flip());
    }

    void greet() throws IOException {
        greet(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
    }

    static ByteBuffer option(int type, ByteBuffer data) {
        return ByteBuffer.allocate(16 + data.remaining())
                .putLong(IHAVEOPT).putInt(type).putInt(data.remaining()).put(data).flip();
    }

    /** The data of GO and INFO. */
    static ByteBuffer info(String name, int... types) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + bytes.length + 2 * types.length);
        data.putInt(bytes.length).put(bytes).putShort((short) types.length);
        for (int type : types) data.putShort((short) type);
        return data.flip();
    }

    OptionReply ask(int type, ByteBuffer data) throws IOException {
        send(option(type, data));
        return optionReply();
    }

    OptionReply ask(int type, String data) throws IOException {
        return ask(type, StandardCharsets.UTF_8.encode(data));
    }

    OptionReply optionReply() throws IOException {
        ByteBuffer header = receive(20);
        assertEquals(OPTION_REPLY_MAGIC, header.getLong());
        int option = header.getInt();
        int type = header.getInt();
        return new OptionReply(option, type, receive(header.getInt()));
    }

    /** Haggles to transmission; returns the transmission flags. */
    int negotiate() throws IOException {
        greet();
        return go();
    }

    /** As {@link #negotiate}, with structured replies. */
    int negotiateStructured() throws IOException {
        greet();
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        return go();
    }

    private int go() throws IOException {
        OptionReply export = ask(NBD_OPT_GO, info(""));
        assertEquals(NBD_REP_INFO, export.type());
        assertEquals(NBD_REP_ACK, optionReply().type());
        return Short.toUnsignedInt(export.data().getShort(10));
    }

    static ByteBuffer request(int flags, int type, long cookie, long offset, long length) {
        return ByteBuffer.allocate(Request.SIZE).putInt(NBD_REQUEST_MAGIC).putShort((short) flags)
                .putShort((short) type).putLong(cookie).putLong(offset).putInt((int) length).flip();
    }

    void ask(int flags, int type, long cookie, long offset, long length) throws IOException {
        send(request(flags, type, cookie, offset, length));
    }

    /** Asks {@code count} READs of {@code length} bytes, cookie and offset counted from 0: in one piece. */
    void askReads(int count, int step, int length) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(count * Request.SIZE);
        for (int i = 0; i < count; i++) all.put(request(0, NBD_CMD_READ, i, (long) i * step, length));
        send(all.flip());
    }

    Reply reply() throws IOException {
        ByteBuffer header = receive(16);
        assertEquals(NBD_SIMPLE_REPLY_MAGIC, header.getInt());
        return new Reply(header.getInt(), header.getLong());
    }

    Chunk chunk() throws IOException {
        ByteBuffer header = receive(20);
        assertEquals(NBD_STRUCTURED_REPLY_MAGIC, header.getInt());
        int flags = Short.toUnsignedInt(header.getShort());
        int type = Short.toUnsignedInt(header.getShort());
        return new Chunk(flags, type, header.getLong(), receive(header.getInt()));
    }

    /** The only chunk that answers one request, alone in flight. */
    Chunk chunkOf(int flags, int type, long offset, long length) throws IOException {
        ask(flags, type, 77, offset, length);
        Chunk chunk = chunk();
        assertEquals(77, chunk.cookie());
        assertEquals(NBD_REPLY_FLAG_DONE, chunk.flags());
        return chunk;
    }

    /** The error of one request, alone in flight and without data. */
    int errorOf(int flags, int type, long offset, long length) throws IOException {
        long cookie = offset ^ length << 20 ^ type;
        ask(flags, type, cookie, offset, length);
        Reply reply = reply();
        assertEquals(cookie, reply.cookie());
        return reply.error();
    }

    byte[] read(long offset, int length) throws IOException {
        assertEquals(0, errorOf(0, NBD_CMD_READ, offset, length));
        return receive(length).array();
    }

    int write(int flags, long offset, byte[] data) throws IOException {
        ask(flags, NBD_CMD_WRITE, offset, offset, data.length);
        send(ByteBuffer.wrap(data));
        Reply reply = reply();
        assertEquals(offset, reply.cookie());
        return reply.error();
    }

    /** Fails unless the server closes now, and says nothing before. */
    void assertClosed() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        int count;
        try {
            count = channel.read(one);
        } catch (IOException reset) {
            count = -1; // Closed with something of ours unread.
        }
        assertEquals(-1, count, () -> "the server said " + one.get(0));
    }

    /** As {@link #assertClosed}, where the server may say something before. */
    void assertClosedBehindAnything() throws IOException {
        ByteBuffer some = ByteBuffer.allocate(1024);
        try {
            while (channel.read(some.clear()) >= 0) continue;
        } catch (IOException reset) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
