package dev.pirn.tool;

import dev.pirn.CoroutineFn;
import dev.pirn.Coroutines;
import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.nbd.NbdExport;
import dev.pirn.nbd.NbdServer;
import dev.pirn.nbd.NbdTls;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.file.Path;
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
    /** Opens what is served, in the loop. */
    @FunctionalInterface
    interface Source {
        @CoroutineFn
        NbdExport open() throws Failure, IOException;
    }

    private final Source source;
    private final int clientsMax;
    private final Endpoint endpoint;
    private final int loopCount;
    private final boolean once;
    private final Path pidFile;

    private NbdExport export;
    private NbdServer server;
    private EventLoop loop;
    private boolean stopping;
    private Throwable failure;
    private NbdTls tls;

    /**
     * Makes one.
     *
     * @param source whose disk is closed at the end
     * @param clientsMax clients at a time; 0 for no limit
     * @param loops how many event loops serve them; this thread's is one
     * @param once whether to end when the last client has left
     * @param pidFile where the number of this process stands while clients are served; null for nowhere
     */
    Serving(Source source, Endpoint endpoint, int clientsMax, int loops, boolean once, Path pidFile) {
        this.source = source;
        this.clientsMax = clientsMax;
        this.endpoint = endpoint;
        this.loopCount = loops;
        this.once = once;
        this.pidFile = pidFile;
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
            case ParameterException e -> throw e; // Of the export's name, which is made when it is opened.
            case IOException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("the server ended by " + e, e);
        }
    }

    @CoroutineFn
    private void serve(List<EventLoop> loops, Consumer<String> announce) throws Failure, IOException {
        export = source.open();
        server = NbdServer.of(export, clientsMax);
        server.spreadOver(loops);
        if (tls != null) server.encrypt(tls);
        try (BlockDevice _ = export.device();
                CoServerSocket listener = endpoint.bind();
                var _ = PidFile.write(pidFile);
                // Before the announcement: who reads that may end us at once.
                var _ = Signals.handle(() -> loop.execute(this::stop), Serving::dump)) {
            if (once) server.onClientLeft(this::clientLeft);
            String uri = endpoint.uri(listener, export.name());
            announce.accept(tls != null && tls.required() ? uri.replaceFirst("^nbd", "nbds") : uri);
            server.serve(listener);
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
        loop.start("stop", () -> {
            try {
                server.shutdown();
            } catch (IOException e) {
                failed(Failure.of("the last flush failed", export.device().name() + ": " + Failure.reason(e))
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
