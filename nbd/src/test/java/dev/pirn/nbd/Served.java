package dev.pirn.nbd;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.Driver;
import dev.pirn.block.RawOptions;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A server of an image, in a loop with a thread of its own. Closing it shuts it down, and fails if it kept
 * anything.
 */
final class Served implements AutoCloseable {
    final NbdServer server;
    final ThreadPool pool;
    final Path image;
    final SocketAddress address;

    private final EventLoop loop;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    final BlockDevice device;
    private final List<NbdContext> contexts;
    private final List<BlockDevice> others = new ArrayList<>();
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private final AtomicReference<Throwable> uncaught = new AtomicReference<>();
    private boolean stopped;

    /**
     * How a server differs from the usual one.
     *
     * @param threads with one, {@link #holdDisk} holds all file work
     * @param loops over which its clients are spread
     */
    record Setup(int size, boolean readOnly, int clientsMax, long handshakeNanos, long shutdownNanos,
            int threads, int loops) {
        static final Setup USUAL =
                new Setup(1 << 20, false, 0, Limits.HANDSHAKE_NANOS, Limits.SHUTDOWN_NANOS, 4, 1);

        Setup size(int bytes) {
            return new Setup(bytes, readOnly, clientsMax, handshakeNanos, shutdownNanos, threads, loops);
        }

        Setup asReadOnly() {
            return new Setup(size, true, clientsMax, handshakeNanos, shutdownNanos, threads, loops);
        }

        Setup clientsMax(int clients) {
            return new Setup(size, readOnly, clients, handshakeNanos, shutdownNanos, threads, loops);
        }

        Setup handshakeNanos(long nanos) {
            return new Setup(size, readOnly, clientsMax, nanos, shutdownNanos, threads, loops);
        }

        Setup shutdownNanos(long nanos) {
            return new Setup(size, readOnly, clientsMax, handshakeNanos, nanos, threads, loops);
        }

        Setup oneThread() {
            return new Setup(size, readOnly, clientsMax, handshakeNanos, shutdownNanos, 1, loops);
        }

        Setup loops(int count) {
            return new Setup(size, readOnly, clientsMax, handshakeNanos, shutdownNanos, threads, count);
        }
    }

    Served(Path dir) throws Exception {
        this(dir, Setup.USUAL);
    }

    /**
     * Serves.
     *
     * @param more names of other exports, on disks of 4096 bytes that begin with the name
     */
    Served(Path dir, Setup setup, String... more) throws Exception {
        this(dir, setup, below -> below, more);
    }

    /** As the others, with {@code filter} before the driver of the first disk. */
    Served(Path dir, Setup setup, UnaryOperator<Driver> filter, String... more) throws Exception {
        this(dir, setup, filter, List.of(), server -> { }, more);
    }

    /** Serves the usual disk, after {@code prepare} was done with the server. */
    static Served prepared(Path dir, Setup setup, Consumer<NbdServer> prepare) throws Exception {
        return new Served(dir, setup, below -> below, List.of(), prepare);
    }

    /** Serves the usual disk with these contexts. */
    static Served withContexts(Path dir, NbdContext... contexts) throws Exception {
        return new Served(dir, Setup.USUAL, below -> below, List.of(contexts), server -> { });
    }

    private Served(Path dir, Setup setup, UnaryOperator<Driver> filter, List<NbdContext> contexts,
            Consumer<NbdServer> prepare, String... more) throws Exception {
        this.contexts = contexts;
        image = dir.resolve("disk");
        Files.write(image, content(setup.size));
        pool = ThreadPool.of("disk", setup.threads);
        device = BlockDevice.openRaw(image, new RawOptions(setup.readOnly, Discard.UNMAP), pool)
                .filtered(filter);
        server = new NbdServer(exports(dir, more), setup.clientsMax,
                setup.handshakeNanos, setup.shutdownNanos);
        for (int i = 0; i < setup.loops; i++) {
            loops.add(EventLoop.open("server " + i));
            loops.getLast().onUncaught((who, e) -> uncaught.set(e));
        }
        loop = loops.getFirst();
        server.spreadOver(loops);
        prepare.accept(server);
        address = UnixDomainSocketAddress.of(dir.resolve("nbd.sock"));
        var bound = new CompletableFuture<Void>();
        loop.start("serve", () -> {
            try (var listener = CoServerSocket.bind(address)) {
                bound.complete(null);
                server.serve(listener);
                served.complete(null);
            } catch (Throwable e) {
                bound.completeExceptionally(e);
                served.completeExceptionally(e);
            }
        });
        for (EventLoop each : loops) {
            var thread = new Thread(each::run, each.name());
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        bound.get();
    }

    private List<NbdExport> exports(Path dir, String... more) throws IOException {
        var exports = new ArrayList<>(List.of(new NbdExport("disk", "a description", device,
                contexts)));
        for (String each : more) {
            Path file = Files.write(dir.resolve("other " + others.size()),
                    Arrays.copyOf(each.getBytes(StandardCharsets.UTF_8), 4096));
            others.add(BlockDevice.openRaw(file, RawOptions.DEFAULT, pool));
            exports.add(new NbdExport(each, "of " + each, others.getLast()));
        }
        return exports;
    }

    /** What the image holds at first. */
    static byte[] content(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = (byte) (i * 7 + (i >> 8) + 1);
        return bytes;
    }

    Client connect() throws IOException {
        return Client.connect(address);
    }

    /** A client in transmission. */
    Client ready() throws IOException {
        Client client = connect();
        client.negotiate();
        return client;
    }

    /** Runs {@code question} in a coroutine of the loop. */
    <T> T ask(Callable<T> question) throws Exception {
        var answer = new CompletableFuture<T>();
        loop.start("question", () -> {
            try {
                answer.complete(question.call());
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) throw cause;
            throw e;
        }
    }

    /** Waits until {@code condition}, asked in the loop, is true; the test's time limit is the limit. */
    void await(BooleanSupplier condition) throws Exception {
        ask(() -> {
            while (!condition.getAsBoolean()) EventLoop.sleep(Duration.ofMillis(1));
            return null;
        });
    }

    /** Waits until nobody is connected and everything was given back. */
    void awaitIdle() throws Exception {
        if (stopped) return;
        await(() -> server.clients() == 0 && server.lentBuffers() == 0);
    }

    /**
     * Occupies a thread of the pool, and thereby the disk if it is the only one, until the latch is counted
     * down.
     */
    CountDownLatch holdDisk() throws Exception {
        var held = new CountDownLatch(1);
        var begun = new CompletableFuture<Void>();
        loop.start("hold the disk", () -> pool.call(() -> {
            begun.complete(null);
            held.await();
            return null;
        }));
        begun.get();
        return held;
    }

    /** Starts the server's shutdown; the result is there when it is done. */
    CompletableFuture<Void> shutdown() {
        var done = new CompletableFuture<Void>();
        loop.start("shutdown", () -> {
            try {
                server.shutdown();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    void stop() throws Exception {
        if (stopped) return;
        stopped = true;
        Throwable failed = shutdown().handle((nothing, e) -> e).get();
        served.get();
        int clients = ask(server::clients);
        int lent = ask(() -> server.lentBuffers());
        loops.forEach(EventLoop::stop);
        for (Thread each : threads) each.join();
        for (EventLoop each : loops) each.close();
        device.close(); // Throws if a request is still inside.
        for (BlockDevice each : others) each.close();
        pool.close();
        if (failed != null) throw new AssertionError("the shutdown failed", failed);
        if (uncaught.get() != null) throw new AssertionError("uncaught in the loop", uncaught.get());
        if (clients != 0 || lent != 0) {
            throw new AssertionError("kept: " + clients + " clients, " + lent + " buffers");
        }
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (Exception e) {
            throw new AssertionError("the server did not stop cleanly", e);
        }
    }
}
