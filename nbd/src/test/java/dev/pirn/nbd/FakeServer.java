package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server in a thread of its own, that says to each connection what its script says, right or wrong. */
final class FakeServer implements AutoCloseable {
    /** What is said to one connection, which is closed behind it. */
    interface Script {
        void talk(Peer peer) throws Exception;
    }

    /** An export of the usual kind, in structured replies. */
    static final Offer USUAL = new Offer(1 << 20, NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA
            | NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_WRITE_ZEROES, Framing.STRUCTURED, 1, -1);

    /** What the handshake offers. */
    record Offer(long size, int flags, Framing framing, int blockSizeMin, int blockSizeMax) {
        Offer simple() {
            return new Offer(size, flags, Framing.SIMPLE, blockSizeMin, blockSizeMax);
        }

        Offer extended() {
            return new Offer(size, flags, Framing.EXTENDED, blockSizeMin, blockSizeMax);
        }

        Offer size(long other) {
            return new Offer(other, flags, framing, blockSizeMin, blockSizeMax);
        }

        Offer flags(int other) {
            return new Offer(size, other, framing, blockSizeMin, blockSizeMax);
        }

        Offer blocks(int min, int max) {
            return new Offer(size, flags, framing, min, max);
        }

        private boolean grants(int option) {
            return option == NBD_OPT_EXTENDED_HEADERS && framing == Framing.EXTENDED
                    || option == NBD_OPT_STRUCTURED_REPLY && framing == Framing.STRUCTURED
                    || option == NBD_OPT_SET_META_CONTEXT && framing.hasChunks();
        }
    }

    private final ServerSocketChannel listener;
    private final NbdUri uri;
    private final Thread thread;
    private final List<String> unexpected = new ArrayList<>();
    private final Script[] scripts;
    private Peer last;

    /** Starts one; connections after those that have a script are not accepted. */
    FakeServer(Path dir, Script... scripts) throws IOException {
        this.scripts = scripts;
        Path path = dir.resolve("fake.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        uri = NbdUri.unix(path, "");
        thread = Thread.ofPlatform().daemon().name("fake server").start(this::run);
    }

    NbdUri uri() {
        return uri;
    }

    private void run() {
        for (Script script : scripts) {
            try (var peer = new Peer(listener.accept())) {
                synchronized (this) {
                    last = peer;
                }
                script.talk(peer);
            } catch (AsynchronousCloseException e) {
                return; // The test is over.
            } catch (Throwable e) {
                synchronized (this) {
                    unexpected.add(e.toString());
                }
            }
        }
        try {
            listener.close(); // Whoever comes now is refused.
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Fails unless each script that began has ended as it should. */
    @Override
    public void close() {
        try {
            thread.join(5_000); // The client has closed, so that whoever waits for it ends.
            listener.close();
            synchronized (this) {
                if (last != null) last.close();
            }
            thread.join();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        synchronized (this) {
            if (!unexpected.isEmpty()) throw new AssertionError(unexpected.toString());
        }
    }

    /** The other end of a connection. */
    static final class Peer implements AutoCloseable {
        final SocketChannel channel;
        /** What was agreed on in {@link #handshake}; else simple. */
        private Framing framing = Framing.SIMPLE;

        Peer(SocketChannel channel) {
            this.channel = channel;
        }

        void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) channel.write(bytes);
        }

        ByteBuffer receive(int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) throw new EOFException("the client closed");
            }
            return bytes.flip();
        }

        /** Says {@code NBDMAGIC} and so on, and hears the client's flags. */
        void greet(int flags) throws IOException {
            send(ByteBuffer.allocate(18).putLong(NBDMAGIC).putLong(IHAVEOPT).putShort((short) flags).flip());
            receive(4);
        }

        void greet() throws IOException {
            greet(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
        }

        /** Hears an option; returns its type. */
        int option() throws IOException {
            ByteBuffer header = receive(16);
            int type = header.getInt(8);
            receive(header.getInt(12));
            return type;
        }

        void optionReply(int option, int type, ByteBuffer data) throws IOException {
            ByteBuffer reply = ByteBuffer.allocate(20 + data.remaining()).putLong(OPTION_REPLY_MAGIC);
            send(reply.putInt(option).putInt(type).putInt(data.remaining()).put(data).flip());
        }

        void optionReply(int option, int type, String data) throws IOException {
            optionReply(option, type, StandardCharsets.UTF_8.encode(data));
        }

        /** Hears options, and refuses them, until {@code wanted}. */
        void refuseUntil(int wanted) throws IOException {
            for (int type = option(); type != wanted; type = option()) {
                optionReply(type, NBD_REP_ERR_UNSUP, "");
            }
        }

        /** Haggles as a good server does. */
        void handshake(Offer offer) throws IOException {
            greet();
            framing = offer.framing;
            while (true) {
                int type = option();
                boolean granted = offer.grants(type);
                if (type == NBD_OPT_GO) {
                    infos(offer);
                    return;
                }
                if (granted && type == NBD_OPT_SET_META_CONTEXT) {
                    byte[] name = "base:allocation".getBytes(StandardCharsets.UTF_8);
                    optionReply(type, NBD_REP_META_CONTEXT,
                            ByteBuffer.allocate(4 + name.length).putInt(5).put(name).flip());
                }
                optionReply(type, granted ? NBD_REP_ACK : NBD_REP_ERR_UNSUP, "");
            }
        }

        private void infos(Offer offer) throws IOException {
            optionReply(NBD_OPT_GO, NBD_REP_INFO, export(offer));
            optionReply(NBD_OPT_GO, NBD_REP_INFO, blocks(offer.blockSizeMin, 4096, offer.blockSizeMax));
            optionReply(NBD_OPT_GO, NBD_REP_ACK, "");
        }

        static ByteBuffer export(Offer offer) {
            return ByteBuffer.allocate(12).putShort((short) NBD_INFO_EXPORT).putLong(offer.size)
                    .putShort((short) offer.flags).flip();
        }

        static ByteBuffer blocks(int min, int preferred, int max) {
            return ByteBuffer.allocate(14).putShort((short) NBD_INFO_BLOCK_SIZE)
                    .putInt(min).putInt(Math.max(min, preferred)).putInt(max).flip();
        }

        /** Hears a request, whose payload is still to come. */
        Request request() throws IOException {
            return Request.parse(receive(framing.requestSize()), framing);
        }

        /** Hears a request of a type, and drops its payload. */
        Request expect(int type) throws IOException {
            Request request = request();
            if (request.type() != type) throw new AssertionError(request + " instead of " + type);
            if (type == NBD_CMD_WRITE) receive((int) request.length());
            return request;
        }

        void simple(int error, long cookie, byte... data) throws IOException {
            send(ByteBuffer.allocate(16 + data.length).putInt(NBD_SIMPLE_REPLY_MAGIC).putInt(error)
                    .putLong(cookie).put(data).flip());
        }

        void chunk(int flags, int type, long cookie, ByteBuffer payload) throws IOException {
            header(flags, type, cookie, payload.remaining());
            send(payload);
        }

        void header(int flags, int type, long cookie, int length) throws IOException {
            send(ByteBuffer.allocate(20).putInt(NBD_STRUCTURED_REPLY_MAGIC).putShort((short) flags)
                    .putShort((short) type).putLong(cookie).putInt(length).flip());
        }

        void data(int flags, long cookie, long offset, byte... data) throws IOException {
            chunk(flags, NBD_REPLY_TYPE_OFFSET_DATA, cookie,
                    ByteBuffer.allocate(8 + data.length).putLong(offset).put(data).flip());
        }

        void hole(int flags, long cookie, long offset, int length) throws IOException {
            chunk(flags, NBD_REPLY_TYPE_OFFSET_HOLE, cookie,
                    ByteBuffer.allocate(12).putLong(offset).putInt(length).flip());
        }

        void status(long cookie, int length, int flags) throws IOException {
            chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_BLOCK_STATUS, cookie,
                    ByteBuffer.allocate(12).putInt(5).putInt(length).putInt(flags).flip());
        }

        /** Begins a chunk of extended headers. */
        void extended(int flags, int type, long cookie, long offset, long length) throws IOException {
            send(ByteBuffer.allocate(32).putInt(NBD_EXTENDED_REPLY_MAGIC).putShort((short) flags)
                    .putShort((short) type).putLong(cookie).putLong(offset).putLong(length).flip());
        }

        /** Says that a request without data is done. */
        void done(long cookie) throws IOException {
            header(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_NONE, cookie, 0);
        }

        void error(int flags, long cookie, int error, String message) throws IOException {
            byte[] text = message.getBytes(StandardCharsets.UTF_8);
            chunk(flags, NBD_REPLY_TYPE_ERROR, cookie, ByteBuffer.allocate(6 + text.length).putInt(error)
                    .putShort((short) text.length).put(text).flip());
        }

        /** Fails unless the client closes now. */
        void awaitClosed() throws IOException {
            try {
                if (channel.read(ByteBuffer.allocate(1)) < 0) return;
            } catch (IOException reset) {
                return; // Closed with something of ours unread.
            }
            throw new AssertionError("the client went on");
        }

        /** As {@link #awaitClosed}, where up to {@code length} bytes may come before. */
        void awaitClosedBehind(int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) continue;
            awaitClosed();
        }

        /** Hears DISC, and that the client closes. */
        void awaitLeave() throws IOException {
            expect(NBD_CMD_DISC);
            awaitClosed();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
