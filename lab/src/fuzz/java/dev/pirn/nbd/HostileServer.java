package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;

/** Says what a script says to a client: what a server may say, and what none should. */
final class HostileServer {
    private static final int[] REPLY_TYPES = {NBD_REP_ACK, NBD_REP_SERVER, NBD_REP_INFO, NBD_REP_META_CONTEXT,
        NBD_REP_ERR_UNSUP, NBD_REP_ERR_POLICY, NBD_REP_ERR_INVALID, NBD_REP_ERR_TLS_REQD,
        NBD_REP_ERR_UNKNOWN, NBD_REP_ERR_SHUTDOWN};
    private static final int[] CHUNK_TYPES = {NBD_REPLY_TYPE_NONE, NBD_REPLY_TYPE_OFFSET_DATA,
        NBD_REPLY_TYPE_OFFSET_HOLE, NBD_REPLY_TYPE_BLOCK_STATUS, NBD_REPLY_TYPE_ERROR,
        NBD_REPLY_TYPE_ERROR_OFFSET};
    private static final Framing[] FRAMINGS = Framing.values();
    private static final int SENT_MAX = 400_000;

    private final EventLoop loop;
    private final Script script;
    private final ArrayDeque<Request> asked = new ArrayDeque<>();
    private Framing framing = Framing.SIMPLE;

    HostileServer(EventLoop loop, Script script) {
        this.loop = loop;
        this.script = script;
    }

    /** Serves connections, one after the other, until the listener is closed. Suspends. */
    @CoroutineFn
    void serve(CoServerSocket listener, boolean transmission) {
        while (true) {
            try (CoSocket socket = listener.accept()) {
                asked.clear();
                if (transmission) {
                    handshake(socket);
                    converse(socket);
                } else {
                    haggle(socket);
                }
            } catch (IOException e) {
                if (!isOpen(listener)) return;
            }
        }
    }

    private static boolean isOpen(CoServerSocket listener) {
        try {
            return listener.localAddress() != null;
        } catch (IOException e) {
            return false;
        }
    }

    @CoroutineFn
    private void haggle(CoSocket socket) throws IOException {
        int flags = script.below(4) == 0 ? (int) script.number(2) : 3;
        long magic = script.below(16) == 0 ? CLISERV_MAGIC : IHAVEOPT;
        socket.write(ByteBuffer.allocate(18).putLong(NBDMAGIC).putLong(magic).putShort((short) flags).flip());
        receive(socket, 4);
        while (script.hasMore()) {
            ByteBuffer option = receive(socket, Option.HEADER_SIZE);
            receive(socket, option.getInt(12) & 0xffff); // Or a request, for we said that all is agreed.
            do {
                reply(socket, option.getInt(8));
            } while (script.hasMore() && script.below(4) != 0);
        }
    }

    @CoroutineFn
    private void reply(CoSocket socket, int asked) throws IOException {
        int choice = script.octet();
        if (choice > 250) {
            socket.write(script.raw(255));
            return;
        }
        int type = REPLY_TYPES[choice % REPLY_TYPES.length];
        ByteBuffer data = switch (script.below(6)) {
            case 0 -> script.raw(255);
            case 1 -> ByteBuffer.allocate(12).putShort((short) 0).putLong(script.offset())
                    .putShort((short) script.flags()).flip();
            case 2 -> ByteBuffer.allocate(14).putShort((short) 3).putInt(1 << script.below(32))
                    .putInt((int) script.length()).putInt((int) script.length()).flip();
            case 3 -> ByteBuffer.allocate(4 + 15).putInt(script.octet())
                    .put(BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8)).flip();
            default -> ByteBuffer.allocate(0);
        };
        int about = script.below(16) == 0 ? script.octet() : asked;
        long length = script.below(16) == 0 ? script.length() : data.remaining();
        socket.write(ByteBuffer.allocate(20).putLong(OPTION_REPLY_MAGIC).putInt(about).putInt(type)
                .putInt((int) length).flip());
        socket.write(data);
    }

    /** As a good server does it, with sizes and abilities that the script chooses. */
    @CoroutineFn
    private void handshake(CoSocket socket) throws IOException {
        int choice = script.octet();
        framing = FRAMINGS[choice % 2 == 0 ? choice % 4 == 0 ? 2 : 1 : 0];
        int block = 1 << choice / 2 % 10;
        int flags = NBD_FLAG_HAS_FLAGS | (int) script.number(2) & ~NBD_FLAG_READ_ONLY;
        socket.write(ByteBuffer.allocate(18).putLong(NBDMAGIC).putLong(IHAVEOPT).putShort((short) 3).flip());
        receive(socket, 4);
        for (int type = 0; type != NBD_OPT_GO; ) {
            ByteBuffer option = receive(socket, Option.HEADER_SIZE);
            type = option.getInt(8);
            receive(socket, option.getInt(12));
            if (type == NBD_OPT_GO) {
                optionReply(socket, type, NBD_REP_INFO, ByteBuffer.allocate(12).putShort((short) 0)
                        .putLong(MemoryDisk.SIZE).putShort((short) flags).flip());
                optionReply(socket, type, NBD_REP_INFO, ByteBuffer.allocate(14).putShort((short) 3)
                        .putInt(block).putInt(4096).putInt(choice < 128 ? 32 << 20 : 65_536).flip());
            } else if (framing.hasChunks() && type == NBD_OPT_SET_META_CONTEXT) {
                optionReply(socket, type, NBD_REP_META_CONTEXT, ByteBuffer.allocate(4 + 15).putInt(5)
                        .put(BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8)).flip());
            }
            boolean granted = type == NBD_OPT_GO
                    || (type == NBD_OPT_EXTENDED_HEADERS ? framing == Framing.EXTENDED : framing.hasChunks());
            optionReply(socket, type, granted ? NBD_REP_ACK : NBD_REP_ERR_UNSUP, ByteBuffer.allocate(0));
        }
    }

    @CoroutineFn
    private static void optionReply(CoSocket socket, int option, int type, ByteBuffer data)
            throws IOException {
        socket.write(ByteBuffer.allocate(20 + data.remaining()).putLong(OPTION_REPLY_MAGIC).putInt(option)
                .putInt(type).putInt(data.remaining()).put(data).flip());
    }

    @CoroutineFn
    private void converse(CoSocket socket) throws IOException {
        loop.start("hostile listener", () -> listen(socket));
        while (script.hasMore()) {
            if (asked.isEmpty()) EventLoop.sleep(Duration.ofMillis(5));
            Request about = asked.isEmpty() ? new Request(0, 0, 1, 0, 4096) : asked.poll();
            do {
                answer(socket, about);
            } while (script.hasMore() && script.below(3) == 0);
        }
        EventLoop.sleep(Duration.ofMillis(script.octet()));
    }

    @CoroutineFn
    private void listen(CoSocket socket) throws IOException {
        try {
            while (true) {
                Request request = Request.parse(receive(socket, framing.requestSize()), framing);
                if (request.type() == NBD_CMD_WRITE) receive(socket, (int) request.length());
                asked.add(request);
            }
        } catch (IOException e) {
            return; // It has left, or we.
        }
    }

    @CoroutineFn
    private void answer(CoSocket socket, Request about) throws IOException {
        int choice = script.octet();
        long cookie = script.below(16) == 0 ? script.octet() : about.cookie();
        if (choice > 250) {
            socket.write(script.raw(255));
        } else if (framing.hasChunks() == choice < 240) {
            chunk(socket, about, cookie, CHUNK_TYPES[choice % CHUNK_TYPES.length]);
        } else {
            int error = script.below(4) == 0 ? script.octet() : 0;
            socket.write(ByteBuffer.allocate(16).putInt(NBD_SIMPLE_REPLY_MAGIC).putInt(error).putLong(cookie)
                    .flip());
            if (about.type() == NBD_CMD_READ && error == 0) send(socket, about.length());
        }
    }

    @CoroutineFn
    private void chunk(CoSocket socket, Request about, long cookie, int type) throws IOException {
        long from = about.offset() + (script.below(2) == 0 ? 0 : script.length());
        long bytes = script.below(2) == 0 ? about.length() : script.length();
        ByteBuffer start = switch (type) {
            case NBD_REPLY_TYPE_OFFSET_DATA -> ByteBuffer.allocate(8).putLong(from).flip();
            case NBD_REPLY_TYPE_OFFSET_HOLE ->
                    ByteBuffer.allocate(12).putLong(from).putInt((int) bytes).flip();
            case NBD_REPLY_TYPE_BLOCK_STATUS -> ByteBuffer.allocate(12).putInt(5).putInt((int) bytes)
                    .putInt(script.below(4)).flip();
            case NBD_REPLY_TYPE_ERROR, NBD_REPLY_TYPE_ERROR_OFFSET -> ByteBuffer.allocate(14)
                    .putInt(script.octet()).putShort((short) script.below(10)).putLong(from).flip();
            default -> script.raw(script.below(8) == 0 ? 255 : 0);
        };
        long data = type == NBD_REPLY_TYPE_OFFSET_DATA ? bytes : 0;
        long length = script.below(16) == 0 ? script.length() : start.remaining() + data;
        int flags = script.below(2) == 0 ? NBD_REPLY_FLAG_DONE : script.flags();
        ByteBuffer header = ByteBuffer.allocate(framing.chunkSize());
        var to = new Request(about.flags(), about.type(), cookie, about.offset(), about.length());
        framing.putChunk(header, 0, flags, type, to, (int) length);
        socket.write(header);
        socket.write(start);
        if (data > 0) send(socket, data);
    }

    @CoroutineFn
    private static void send(CoSocket socket, long length) throws IOException {
        socket.write(ByteBuffer.allocate((int) Math.min(length, SENT_MAX)));
    }

    @CoroutineFn
    private static ByteBuffer receive(CoSocket socket, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        socket.readFully(bytes);
        return bytes.flip();
    }
}
