package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page that {@code trace} draws runs in a real browser, and shows what was recorded. */
class TraceInBrowserTest {
    @TempDir Path directory;

    /** 128 coroutines, each of which enters the next: QEMU's nesting case. */
    @Test
    void nestingIsDrawn() throws Exception {
        Path recording = directory.resolve("nesting.jfr");
        Path page = directory.resolve("nesting.html");
        succeed(Run.start(Tool.recorded(recording, "check-coroutine", "--backend", "continuation", "--case",
                "/basic/nesting")));
        succeed(Run.start(Tool.command("trace", recording.toString(), "-o", page.toString())));
        assertTrue(Files.size(page) > 0);

        // What stands in the document once its scripts have run. The flags but for the first four keep the
        // browser from talking to its maker.
        String document = Clients.run("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                "--virtual-time-budget=5000", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--user-data-dir=" + directory.resolve("browser"), "--dump-dom", page.toUri().toString());
        assertTrue(document.contains("128 coroutines · 128 runs · "), document);
        assertTrue(document.contains("<td>nest</td><td>128</td><td>128</td>"), document);
    }

    private static void succeed(Run started) throws InterruptedException {
        try (var run = started) {
            run.succeed();
        }
    }
}
