package dev.pirn.nbd;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.BufferPool;
import dev.pirn.block.Discard;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import dev.pirn.sim.SimOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;

/**
 * A client of a hostile server. Whatever that said, each request ends, with an IOException if it was not
 * done, and everything is given back.
 */
final class ClientTarget {
    private static final NbdUri URI = NbdUri.unix(Path.of("/run/nbd"), "disk");
    private static final long STEPS_MAX = 2_000_000;
    private static final int REQUESTS = 6;

    private ClientTarget() { }

    static void run(byte[] input, boolean transmission) {
        var script = new Script(input);
        var options = SimOptions.DEFAULT.withStepsMax(STEPS_MAX).withSocketBytesMax(4096 << script.below(8));
        if (script.below(4) == 0) options = options.withShortSocket(0.5).withSpurious(0.1);
        Log.take(Level.ALL);
        try (var sim = Sim.of(script.number(2), options)) {
            EventLoop loop = sim.loop("client");
            sim.run(loop, "client", () -> {
                try (var listener = CoServerSocket.bind(ServerTarget.ADDRESS)) {
                    var server = new HostileServer(loop, script);
                    loop.start("server", () -> server.serve(listener, transmission));
                    use(loop, script.below(3));
                }
            });
            sim.run();
        }
        List<String> logged = Log.take(Level.SEVERE);
        ServerTarget.check(logged.isEmpty(), "logged: " + logged);
    }

    @CoroutineFn
    private static void use(EventLoop loop, int reconnects) throws IOException {
        Session session;
        var buffers = BufferPool.of(Limits.KEPT_BYTES_MAX);
        try {
            session = Session.open(URI, NbdClientOptions.DEFAULT
                    .withReconnects(reconnects, Duration.ofMillis(1)), buffers);
        } catch (IOException e) {
            // Said by a rule, a refusal, or the end of the connection.
            ServerTarget.check(buffers.allocatedBytes() == 0, "a client that was not opened keeps memory");
            return;
        }
        try (var disk = BlockDevice.of("disk", new NbdDriver(session, Discard.UNMAP), false)) {
            int[] left = {REQUESTS};
            for (int i = 0; i < REQUESTS; i++) {
                int number = i;
                loop.start("request " + i, () -> {
                    try {
                        perform(disk, number);
                    } catch (IOException e) {
                        ServerTarget.check(e.getMessage() != null, "an error that says nothing: " + e);
                    } finally {
                        left[0]--;
                    }
                });
            }
            while (left[0] > 0) EventLoop.sleep(Duration.ofMillis(1));
        }
        EventLoop.sleep(Duration.ofSeconds(30)); // Takes its leave meanwhile.
        ServerTarget.check(buffers.allocatedBytes() == 0, buffers.lent() + " buffers are left");
    }

    @CoroutineFn
    private static void perform(BlockDevice disk, int number) throws IOException {
        long size = disk.size();
        long length = Math.min(size, 5000 + 70_000L * number);
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, length)).asSlice(0, length);
        switch (number) {
            case 0, 1 -> disk.read(size - length, memory);
            case 2 -> disk.write(0, memory, true);
            case 3 -> {
                if (length > 0) disk.extents(0, length, 8);
            }
            case 4 -> disk.writeZeroes(0, length, true, false);
            default -> disk.flush();
        }
    }
}
