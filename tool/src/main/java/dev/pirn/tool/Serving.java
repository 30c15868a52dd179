package dev.pirn.tool;

import dev.pirn.CoroutineFn;
import dev.pirn.Coroutines;
import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.nbd.NbdExport;
import dev.pirn.nbd.NbdServer;
import dev.pirn.nbd.NbdTls;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.ParameterException;

/**
 * One run of a server, in the thread that calls {@link #run}, and in one for each further loop.
 *
 * <pre>
 *   open ──▶ bind ──▶ pid file ──▶ signals ──▶ announce ──▶ serve ────────▶ all removed, run returns
 *                                     └── SIGTERM; with once, no client left ──▶ shutdown: finish, flush
 * </pre>
 */
final class Serving {
    private final Images images;
    private final int clientsMax;
    private final Endpoint endpoint;
    private final int loopCount;
    private final boolean once;
    private final Path pidFile;

    private NbdServer server;
    private EventLoop loop;
    private boolean stopping;
    private Throwable failure;
    private NbdTls tls;
    private Duration poll = Duration.ZERO;
    /** Null for never. */
    private Duration statsInterval;
    private Duration idleLimit;
    /** Null for the server's default. */
    private Long memoryBytes;

    /**
     * Makes one.
     *
     * @param images what is served, opened in the loop and closed at the end
     * @param clientsMax clients at a time; 0 for no limit
     * @param loops how many event loops serve them; this thread's is one
     * @param once whether to end when the last client has left
     * @param pidFile where the number of this process stands while clients are served; null for nowhere
     */
    Serving(Images images, Endpoint endpoint, int clientsMax, int loops, boolean once, Path pidFile) {
        this.images = images;
        this.clientsMax = clientsMax;
        this.endpoint = endpoint;
        this.loopCount = loops;
        this.once = once;
        this.pidFile = pidFile;
    }

    /** How long a loop looks before it sleeps, at most; before {@link #run}. */
    void poll(Duration max) {
        poll = max;
    }

    /** What clients may have of memory; before {@link #run}. */
    void limitMemory(long bytes) {
        memoryBytes = bytes;
    }

    /** How often a line on stderr says what was done; before {@link #run}. Never, unless it is called. */
    void tell(Duration interval) {
        statsInterval = interval;
    }

    /** For how long a client may ask for nothing; before {@link #run}. For ever, unless it is called. */
    void closeIdle(Duration limit) {
        idleLimit = limit;
    }

    /** Has connections encrypted; before {@link #run}. */
    void encrypt(NbdTls with) {
        tls = with;
    }

    /**
     * Serves until a signal asks to end. What is in flight then is finished, and the disk flushed.
     *
     * @param announce gets the URI when clients may connect
     * @throws IOException if the last flush failed, among others
     */
    @NoCoroutineFn
    void run(Consumer<String> announce) throws Failure, IOException {
        Coroutines.track(true); // For the dump: some 0.2 µs of the 20 and more that a request takes.
        try (var opened = EventLoop.open("serve"); var others = LoopThreads.start("serve", loopCount - 1)) {
            loop = opened;
            var loops = new ArrayList<>(others.loops());
            loops.addFirst(loop);
            loops.forEach(each -> each.polling(poll));
            loop.start("serve", () -> {
                try {
                    serve(loops, announce);
                } catch (Throwable e) {
                    failed(e);
                } finally {
                    loop.stop();
                }
            });
            loop.run();
        }
        switch (failure) {
            case null -> { }
            case Failure e -> throw e;
            case ParameterException e -> throw e; // Of an export's name, which is made when it is opened.
            case IOException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("the server ended by " + e, e);
        }
    }

    @CoroutineFn
    private void serve(List<EventLoop> loops, Consumer<String> announce) throws Failure, IOException {
        try (images) {
            List<NbdExport> exports = images.open();
            server = NbdServer.of(exports, clientsMax);
            server.spreadOver(loops);
            if (memoryBytes != null) server.limitMemory(memoryBytes);
            if (tls != null) server.encrypt(tls);
            if (idleLimit != null) server.closeIdle(idleLimit);
            listen(exports.getFirst().name(), announce);
        }
    }

    @CoroutineFn
    private void listen(String name, Consumer<String> announce) throws Failure, IOException {
        try (CoServerSocket listener = endpoint.bind();
                var _ = PidFile.write(pidFile);
                // Before the announcement: who reads that may end us at once.
                var _ = Signals.handle(() -> loop.execute(this::stop), Serving::dump)) {
            if (once) server.onClientLeft(this::clientLeft);
            String uri = endpoint.uri(listener, name);
            announce.accept(tls != null && tls.required() ? uri.replaceFirst("^nbd", "nbds") : uri);
            try (var _ = statsInterval == null ? null : new StatsLine(loop, server, statsInterval)) {
                server.serve(listener);
            }
        }
    }

    private static void dump() {
        try {
            Coroutines.dump(System.err);
        } catch (IOException e) {
            throw new AssertionError(e); // A PrintStream throws none.
        }
    }

    private void clientLeft() {
        if (server.clients() == 0) stop();
    }

    private void stop() {
        if (stopping) return;
        stopping = true;
        images.endDelays();
        loop.start("stop", () -> {
            try {
                server.shutdown();
            } catch (IOException e) {
                failed(Failure.of("the last flush failed", images + ": " + Failure.reason(e))
                        .causedBy(e));
            } catch (Throwable e) {
                failed(e);
            }
        });
    }

    /** Keeps the first failure, which is most likely the cause of those after it. */
    private void failed(Throwable e) {
        if (failure == null) failure = e; else failure.addSuppressed(e);
    }
}
