package dev.pirn.tool;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.CacheMode;
import dev.pirn.block.Discard;
import dev.pirn.block.Engine;
import dev.pirn.block.RawOptions;
import dev.pirn.nbd.NbdServer;
import dev.pirn.nbd.NbdTls;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serve}: an image over NBD, from an event loop in the main thread, every request a coroutine. */
@Command(name = "serve", sortOptions = false, description = "Serve a disk image over NBD.",
        footerHeading = "%n", footer = {"Without FILE it serves a demo image, and shows what to try on it.",
            "A socket that systemd or libnbd hands over (LISTEN_FDS) is listened on.",
            "SIGTERM or SIGINT ends it: what is in flight is finished, and the image flushed.",
            "SIGUSR1 prints its coroutines, and what each waits for, on stderr.", "", "Examples:",
            "  pirn serve disk.img --socket disk.sock       # to be written, over a unix socket",
            "  pirn serve disk.img data=data.img --port 0   # two exports, on a free port",
            "  pirn serve disk.img --read-only --shared 2 --bind 0.0.0.0",
            "  pirn serve disk.img --tls-certs certs --tls-required",
            "  pirn serve 'nbd+unix:///?socket=disk.sock'   # another server's export, onwards",
            "  pirn serve -f qcow2 'nbd+unix:///?socket=image.sock' # one whose bytes are a qcow2 image"})
final class Serve implements Callable<Integer> {
    private static final int LOOPS_MAX = 1024;
    private static final int POLL_MAX = 10_000;
    /**
     * Copies with nbdcopy, which has four connections, by two loops on two cores: reads 3.2 GB/s, writes 2.5;
     * by one 2.2 and 1.6.
     */
    private static final int LOOPS_DEFAULT_MAX = 4;

    // Enum constants as the command line has them, for picocli lists them in help and completion.
    private enum Format {
        raw(ImageFile.Kind.RAW), qcow2(ImageFile.Kind.QCOW2);

        final ImageFile.Kind meaning;

        Format(ImageFile.Kind meaning) {
            this.meaning = meaning;
        }
    }

    private enum EngineName {
        auto(Engine.AUTO), uring(Engine.URING), nio(Engine.NIO);

        final Engine meaning;

        EngineName(Engine meaning) {
            this.meaning = meaning;
        }
    }

    private enum Cache {
        writeback(CacheMode.WRITEBACK), none(CacheMode.NONE);

        final CacheMode meaning;

        Cache(CacheMode meaning) {
            this.meaning = meaning;
        }
    }

    private enum DiscardMode {
        ignore(Discard.IGNORE), unmap(Discard.UNMAP);

        final Discard meaning;

        DiscardMode(Discard meaning) {
            this.meaning = meaning;
        }
    }

    private enum DetectZeroes { off, on, unmap }

    private static final String FAULT_EXAMPLE =
            "error=EIO,op=read,offset=1M-2M,every=10;delay=20ms,op=flush,rate=0.1,seed=7";

    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE",
            description = "The image, or the URI of another NBD server's export.")
    private String file;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "NAME=FILE",
            description = "More images, each an export of that name; FILE is the default.")
    private List<String> others = List.of();

    @Option(names = {"-f", "--format"}, paramLabel = "FORMAT",
            description = "Format of FILE: ${COMPLETION-CANDIDATES}. Probed if not given, but raw is never "
                    + "taken for another.")
    private Format format;

    @Option(names = "--name", paramLabel = "EXPORT", defaultValue = "",
            description = "Name of FILE's export.")
    private String name;

    @Option(names = "--description", paramLabel = "TEXT", defaultValue = "",
            description = "Description of FILE's export, for people.")
    private String description;

    @Mixin
    private ListenOptions listen;

    @Option(names = {"-r", "--read-only"}, description = "Refuse writes.")
    private boolean readOnly;

    @Option(names = {"-U", "--force-share"},
            description = "Even while others have the image open; two that write to it destroy it.")
    private boolean forceShare;

    @Mixin
    private FollowOption follow;

    @Mixin
    private ShownOptions shown;

    @Option(names = "--shared", paramLabel = "N", defaultValue = "0",
            description = "Clients at a time, others wait; 0 for as many as --memory has room for "
                    + "(${DEFAULT-VALUE}: 120 by 96M).")
    private int shared;

    @Option(names = "--memory", paramLabel = "SIZE", converter = ByteCount.class,
            description = "Memory that all clients may have together, payloads and receive buffers: at least "
                    + "44M, and 256k for each of --shared (96M, or what --shared needs).")
    private Long memory;

    @Option(names = "--loops", paramLabel = "N",
            description = "Event loops, each a thread; clients are spread over them (as many as processors, "
                    + "at most " + LOOPS_DEFAULT_MAX + ").")
    private int loops = Math.min(LOOPS_DEFAULT_MAX, Runtime.getRuntime().availableProcessors());

    @Option(names = "--poll", paramLabel = "MICROSECONDS", defaultValue = "100",
            description = "For how long a loop looks for requests before it sleeps, while that pays; 0 for "
                    + "never (${DEFAULT-VALUE}).")
    private int poll;

    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = "auto",
            description = "Who waits for the disk, the kernel by io_uring, or threads: "
                    + "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}: what is faster).")
    private EngineName engine;

    @Option(names = "--cache", paramLabel = "MODE", defaultValue = "writeback",
            description = "The host's page cache: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}); none goes "
                    + "past it, with O_DIRECT.")
    private Cache cache;

    @Option(names = "--discard", paramLabel = "MODE", defaultValue = "ignore",
            description = "What a client's discard does: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private DiscardMode discard;

    @Option(names = "--detect-zeroes", paramLabel = "MODE", defaultValue = "off",
            description = "Writes of zeroes alone are made zeroing: ${COMPLETION-CANDIDATES} "
                    + "(${DEFAULT-VALUE}); unmap also gives back storage, and needs --discard unmap.")
    private DetectZeroes detectZeroes;

    @Mixin
    private TlsOptions encryption;

    @Option(names = "--fault", paramLabel = "SPEC",
            description = {"Have requests fail or wait on purpose, by rules; may be given again. For example",
                "  " + FAULT_EXAMPLE,
                "Keys: error= or short= EIO, ENOSPC, EPERM, ENOMEM, EINVAL or ESHUTDOWN; delay= and jitter= "
                    + "a time; op= any, read, write, zero, discard, flush, extents, prefetch; offset=A-B; "
                    + "nth= or every= or rate= with seed=; count=. See docs/guide/serving.md."})
    private List<String> faults = List.of();

    @Option(names = "--pid-file", paramLabel = "PATH",
            description = "Write the process's number there; removed at the end.")
    private Path pidFile;

    @Option(names = "--once", description = "End when the last client has left.")
    private boolean once;

    @Option(names = "--idle", paramLabel = "SECONDS",
            description = "Close a client's connection when it has asked for nothing for so long (never).")
    private Integer idle;

    @Option(names = "--stats", paramLabel = "SECONDS",
            description = "Say on stderr what was done, every so often.")
    private Integer stats;

    @Spec
    private CommandSpec spec;

    private Serve() { }

    @Override
    public Integer call() throws Failure, IOException {
        checkUsage();
        if (file != null) {
            serve(file, uri -> { });
            return Main.OK;
        }
        try (var demo = DemoImage.make()) {
            serve(demo.path().toString(), uri -> {
                out().println("Try in another terminal:");
                demo.commandsToTry(uri, readOnly).forEach(each -> out().println("  " + each));
            });
        }
        return Main.OK;
    }

    private void checkUsage() {
        listen.check();
        for (String each : others) {
            if (each.indexOf('=') < 1) throw misuse("images after the first are NAME=FILE: " + each);
        }
        shown.check(format == Format.qcow2 && file != null);
        if (shared < 0) throw misuse("--shared is at least 0: " + shared);
        if (memory != null && memory < NbdServer.memoryFor(shared)) {
            throw misuse("--memory is at least " + NbdServer.memoryFor(shared) + " for --shared " + shared
                    + ": " + memory);
        }
        if (loops < 1 || loops > LOOPS_MAX) throw misuse("--loops is from 1 to " + LOOPS_MAX + ": " + loops);
        if (poll < 0 || poll > POLL_MAX) throw misuse("--poll is from 0 to " + POLL_MAX + ": " + poll);
        if (stats != null && stats < 1) throw misuse("--stats is at least 1 second: " + stats);
        if (idle != null && idle < 1) throw misuse("--idle is at least 1 second: " + idle);
        encryption.check();
        if (detectZeroes == DetectZeroes.unmap && discard != DiscardMode.unmap) {
            throw misuse("--detect-zeroes unmap needs --discard unmap: --discard is " + discard);
        }
    }

    private Filters filters() {
        try {
            return Filters.of(detectZeroes != DetectZeroes.off, detectZeroes == DetectZeroes.unmap, faults);
        } catch (IllegalArgumentException e) {
            throw misuse("--fault " + e.getMessage());
        }
    }

    /** Serves {@code first} and the others; calls {@code announced} after the line that says where. */
    private void serve(String first, Consumer<String> announced) throws Failure, IOException {
        var options = new RawOptions(readOnly || shown.isSnapshot(), discard.meaning)
                .with(engine.meaning).with(cache.meaning);
        Filters filters = filters();
        try (var pool = ThreadPool.of("disk", ThreadPool.THREADS_DEFAULT)) {
            var kind = format == null ? ImageFile.Kind.PROBED : format.meaning;
            var images = new Images(options, kind, pool, filters, this::misuse);
            if (forceShare) images.share();
            images.follow(follow.meaning());
            shown.apply(images);
            images.add(name, description, first);
            for (String each : others) {
                int split = each.indexOf('=');
                images.add(each.substring(0, split), "", each.substring(split + 1));
            }
            Endpoint endpoint = listen.endpoint();
            var serving = new Serving(images, endpoint, shared, loops, once, pidFile);
            if (stats != null) serving.tell(Duration.ofSeconds(stats));
            if (idle != null) serving.closeIdle(Duration.ofSeconds(idle));
            if (memory != null) serving.limitMemory(memory);
            serving.poll(Duration.ofNanos(1000L * poll));
            NbdTls tls = encryption.tls();
            if (tls != null) serving.encrypt(tls);
            serving.run(uri -> {
                // Who handed us the socket knows, and our stdout is theirs: nbdcopy may write a disk to it.
                if (endpoint instanceof Activation) return;
                out().println("listening on " + uri);
                announced.accept(uri);
                out().flush();
            });
        }
    }

    private ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
