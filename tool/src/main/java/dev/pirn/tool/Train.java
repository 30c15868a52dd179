package dev.pirn.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/**
 * {@code train}: does what commands do that shall start fast, for the launcher, which has the JVM note what
 * they load and run, and start from it later. Takes a few seconds, once for each build.
 */
@Command(name = "train", hidden = true, description = "For the launcher: run what the JVM shall start fast.")
final class Train implements Callable<Integer> {
    private static final int LIMIT_SECONDS = 20;

    private Train() { }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("pirn-train");
        try {
            String raw = folder.resolve("a").toString();
            String qcow2 = folder.resolve("b").toString();
            for (String each : commands(raw, qcow2)) run(OutputStream.nullOutputStream(), each);
            String socket = folder.resolve("s").toString();
            String served = "nbd+unix:///?socket=" + socket;
            serve("serve --once --format raw --socket " + socket + " " + raw,
                    "img convert " + served + " " + raw);
            serve("serve --once --format qcow2 --socket " + socket + " " + qcow2,
                    "img convert -n -O raw " + raw + " " + served);
        } finally {
            clear(folder);
        }
        return Main.OK;
    }

    /** Prints what it would print into {@code to}, encoded as ever. */
    private static void run(OutputStream to, String command) {
        var out = new PrintWriter(to, true, UTF_8);
        Main.run(out, out, command.split(" "));
    }

    /** Runs a server in a thread of its own, and a client when that listens; until both have ended. */
    private static void serve(String server, String client) throws InterruptedException {
        var said = new CountDownLatch(1);
        var thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                run(new FirstWord(said), server);
            } finally {
                said.countDown();
            }
        });
        // The limits are for a system on which it does not come to that: the launcher does without then.
        if (said.await(LIMIT_SECONDS, SECONDS)) run(OutputStream.nullOutputStream(), client);
        thread.join(Duration.ofSeconds(LIMIT_SECONDS));
    }

    /** Tells when somebody says something: a server, that it listens. */
    private static final class FirstWord extends OutputStream {
        private final CountDownLatch said;

        FirstWord(CountDownLatch said) {
            this.said = said;
        }

        @Override
        public void write(int one) {
            said.countDown();
        }
    }

    private static List<String> commands(String raw, String qcow2) {
        return List.of("--help", "serve --help", "img --help", "img info --help",
                "img create " + raw + " 1M", "img create -f qcow2 " + qcow2 + " 1M",
                "img info " + raw, "img info --output=json " + qcow2,
                "img convert -O qcow2 " + raw + " " + qcow2, "img compare " + raw + " " + qcow2,
                "img info " + qcow2, "img info --output=json " + raw, "img check " + qcow2,
                "img check --output=json " + qcow2, "img snapshot -c s " + qcow2, "img snapshot -l " + qcow2,
                "img measure -O qcow2 " + raw, "img convert " + qcow2 + " " + raw,
                "img map " + qcow2, "img map --output=json " + raw, "img info /no/such/file",
                "img info --no");
    }

    private static void clear(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            files.forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(folder);
    }
}
