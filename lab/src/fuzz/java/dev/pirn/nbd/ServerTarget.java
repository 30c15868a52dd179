package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import dev.pirn.sim.SimOptions;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.logging.Level;

/**
 * A server that a hostile client came to, and then a good one. Whatever the first said, the server has
 * everything back, logs nothing of note, serves the second, and ends.
 */
final class ServerTarget {
    static final SocketAddress ADDRESS = UnixDomainSocketAddress.of("/run/nbd");
    private static final long STEPS_MAX = 2_000_000;

    private ServerTarget() { }

    static void run(byte[] input, boolean transmission) {
        var script = new Script(input);
        var options = SimOptions.DEFAULT.withStepsMax(STEPS_MAX).withSocketBytesMax(4096 << script.below(8));
        if (script.below(4) == 0) options = options.withShortSocket(0.5).withSpurious(0.1);
        Log.take(Level.ALL);
        try (var sim = Sim.of(script.number(2), options)) {
            EventLoop loop = sim.loop("server");
            NbdServer server = serve(loop, script.below(8) == 0);
            sim.run(loop, "clients", () -> {
                new HostileClient(loop, script).run(transmission);
                serveTheNext();
                server.shutdown();
            });
            sim.run();
            check(server.clients() == 0 && server.lentBuffers() == 0,
                    server.clients() + " clients and " + server.lentBuffers() + " buffers are left");
            check(server.heldBytes() <= Limits.MEMORY_BYTES_DEFAULT, server.heldBytes() + " bytes are held");
        }
        List<String> logged = Log.take(Level.WARNING);
        check(logged.isEmpty(), "logged: " + logged);
    }

    private static NbdServer serve(EventLoop loop, boolean readOnly) {
        try {
            BlockDevice disk = MemoryDisk.open(readOnly);
            var server = NbdServer.of(List.of(new NbdExport("disk", "a disk", disk),
                    new NbdExport("é", "", MemoryDisk.open(true))), 0);
            loop.start("serve", () -> server.serve(CoServerSocket.bind(ADDRESS)));
            return server;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @CoroutineFn
    private static void serveTheNext() throws IOException {
        try (CoSocket socket = CoSocket.connect(ADDRESS)) {
            receive(socket, 18);
            socket.write(HostileClient.go());
            receive(socket, 20 + 12 + 20);
            socket.write(HostileClient.request(0, NBD_CMD_READ, 77, 0, 8));
            ByteBuffer reply = receive(socket, 16 + 8);
            check(reply.getInt(4) == 0 && reply.getLong(8) == 77, "the next client is not served");
        }
    }

    @CoroutineFn
    private static ByteBuffer receive(CoSocket socket, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        socket.readFully(bytes);
        return bytes.flip();
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }
}
