package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timeout;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Says what a script says to a server: what a client may say, and what none should. */
final class HostileClient {
    private static final int[] OPTIONS = {NBD_OPT_EXPORT_NAME, NBD_OPT_ABORT, NBD_OPT_LIST, NBD_OPT_STARTTLS,
        NBD_OPT_INFO, NBD_OPT_GO, NBD_OPT_STRUCTURED_REPLY, NBD_OPT_LIST_META_CONTEXT,
        NBD_OPT_SET_META_CONTEXT, 4, 11, 12, 0, -1};
    private static final String[] NAMES = {"", "disk", "é", "none", "a\0b", "x".repeat(4097)};
    /** What all payloads of one run have together. */
    private static final int PAYLOADS_MAX = 600_000;
    /** Virtual: a server that takes nothing any more is left then. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final EventLoop loop;
    private final Script script;
    private CoSocket socket;
    private int payloadsLeft = PAYLOADS_MAX;

    HostileClient(EventLoop loop, Script script) {
        this.loop = loop;
        this.script = script;
    }

    /** Talks until the script ends, or the server has enough. Suspends. */
    @CoroutineFn
    void run(boolean transmission) throws IOException {
        boolean reads = script.below(8) != 0;
        boolean closesHalf = script.below(2) == 0;
        socket = CoSocket.connect(ServerTarget.ADDRESS);
        if (reads) loop.start("hostile reader", this::readAll);
        try {
            Timeout.<Void, IOException>within(PATIENCE, "hostile client", () -> {
                if (transmission) converse(); else haggle();
                if (closesHalf && reads) {
                    socket.shutdownOutput();
                    while (socket.isOpen()) EventLoop.sleep(Duration.ofMillis(100));
                }
                return null;
            });
        } catch (TimeoutException | IOException e) {
            return; // The server closed, or waits for us to read: both are right.
        } finally {
            socket.close();
        }
    }

    @CoroutineFn
    private void readAll() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        try {
            while (socket.read(bytes.clear()) >= 0) continue;
        } catch (IOException reset) {
            return;
        } finally {
            socket.close();
        }
    }

    @CoroutineFn
    private void haggle() throws IOException {
        int flags = script.below(4) == 0 ? (int) script.number(4)
                : NBD_FLAG_FIXED_NEWSTYLE | script.below(2) * NBD_FLAG_NO_ZEROES;
        send(ByteBuffer.allocate(4).putInt(flags).flip());
        while (script.hasMore()) {
            switch (script.below(8)) {
                case 0 -> send(script.raw(255));
                case 1 -> EventLoop.sleep(Duration.ofMillis(script.octet() * 50L));
                default -> option();
            }
        }
    }

    @CoroutineFn
    private void option() throws IOException {
        int choice = script.octet();
        int type = choice < 240 ? OPTIONS[choice % OPTIONS.length] : (int) script.number(4);
        ByteBuffer data = switch (script.below(4)) {
            case 0 -> ByteBuffer.allocate(0);
            case 1 -> script.raw(255);
            case 2 -> info(NAMES[script.below(NAMES.length)], script.below(8));
            default -> queries(NAMES[script.below(NAMES.length)], script.below(4));
        };
        long length = script.below(8) == 0 ? script.length() : data.remaining();
        send(ByteBuffer.allocate(16).putLong(IHAVEOPT).putInt(type).putInt((int) length).flip());
        send(data);
    }

    private ByteBuffer info(String name, int count) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + bytes.length + 2 * count).putInt(bytes.length).put(bytes)
                .putShort((short) (script.below(8) == 0 ? script.number(2) : count));
        for (int i = 0; i < count; i++) data.putShort((short) i);
        return data.flip();
    }

    private ByteBuffer queries(String name, int count) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] query = (script.below(2) == 0 ? BASE_ALLOCATION : "base:").getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(8 + bytes.length + count * (4 + query.length));
        data.putInt(bytes.length).put(bytes);
        data.putInt((int) (script.below(8) == 0 ? script.length() : count));
        for (int i = 0; i < count; i++) {
            data.putInt((int) (script.below(8) == 0 ? script.length() : query.length)).put(query);
        }
        return data.flip();
    }

    @CoroutineFn
    private void converse() throws IOException {
        if (script.below(2) == 0) {
            send(go());
        } else {
            send(ByteBuffer.allocate(4).putInt(3).flip());
            send(option(NBD_OPT_STRUCTURED_REPLY, ByteBuffer.allocate(0)));
            byte[] query = BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
            send(option(NBD_OPT_SET_META_CONTEXT, ByteBuffer.allocate(12 + query.length).putInt(0).putInt(1)
                    .putInt(query.length).put(query).flip()));
            send(option(NBD_OPT_GO, ByteBuffer.allocate(6)));
        }
        while (script.hasMore()) {
            switch (script.below(16)) {
                case 0 -> send(script.raw(255));
                case 1 -> EventLoop.sleep(Duration.ofMillis(script.octet()));
                default -> request();
            }
        }
    }

    @CoroutineFn
    private void request() throws IOException {
        int choice = script.octet();
        int type = choice < 250 ? choice % 10 : (int) script.number(2);
        long length = script.length();
        send(request(script.flags(), type, script.octet(), script.offset(), length));
        if (type != NBD_CMD_WRITE) return;
        boolean whole = script.below(8) != 0;
        int sent = (int) Math.min(payloadsLeft, whole ? length : length / 2);
        payloadsLeft -= sent;
        send(ByteBuffer.allocate(sent));
    }

    @CoroutineFn
    private void send(ByteBuffer bytes) throws IOException {
        socket.write(bytes);
    }

    private static ByteBuffer option(int type, ByteBuffer data) {
        return ByteBuffer.allocate(16 + data.remaining()).putLong(IHAVEOPT).putInt(type)
                .putInt(data.remaining()).put(data).flip();
    }

    /** Flags, and NBD_OPT_GO for the default export. */
    static ByteBuffer go() {
        return ByteBuffer.allocate(4 + 16 + 6).putInt(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES)
                .put(option(NBD_OPT_GO, ByteBuffer.allocate(6))).flip();
    }

    static ByteBuffer request(int flags, int type, long cookie, long offset, long length) {
        return ByteBuffer.allocate(Request.SIZE).putInt(NBD_REQUEST_MAGIC).putShort((short) flags)
                .putShort((short) type).putLong(cookie).putLong(offset).putInt((int) length).flip();
    }
}
