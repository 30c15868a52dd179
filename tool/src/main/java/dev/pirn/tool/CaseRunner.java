package dev.pirn.tool;

import dev.pirn.Backend;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/** Runs cases, prints a line for each and then the sum. For one thread. */
final class CaseRunner {
    /** A wrong switch hangs for ever; the slowest case takes a tenth of this on a busy machine. */
    private static final Duration CASE_TIME_MAX = Duration.ofSeconds(20);

    private final PrintWriter out;
    private int passed;
    private int failed;

    CaseRunner(PrintWriter out) {
        this.out = out;
    }

    /** Runs each case on each backend. */
    void run(List<Backend> backends, List<CoroutineCase> cases) {
        for (Backend backend : backends) {
            for (CoroutineCase each : cases) {
                String wrong = wrong(each, backend);
                if (wrong == null) passed++; else failed++;
                out.println(wrong == null ? "ok %s %s".formatted(backend, each.name())
                        : "FAILED %s %s: %s".formatted(backend, each.name(), wrong));
            }
        }
    }

    /** Prints {@code N passed, N failed}; returns the exit code. */
    int finish() {
        out.println(passed + " passed, " + failed + " failed");
        return failed == 0 ? Main.OK : Main.FAILED;
    }

    /** Runs one case in a thread of its own, within a time limit. Returns what was wrong, or null. */
    static String wrong(CoroutineCase subject, Backend backend) {
        Throwable[] thrown = {null};
        var thread = new Thread(() -> {
            try {
                subject.body().run(backend);
            } catch (Throwable e) {
                thrown[0] = e;
            }
        }, subject.name());
        thread.setDaemon(true); // One that hangs must not keep the JVM.
        thread.start();
        try {
            if (!thread.join(CASE_TIME_MAX)) return hung(thread);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
        return switch (thrown[0]) {
            case null -> null;
            case AssertionError e -> e.getMessage();
            case Throwable e -> "threw " + e;
        };
    }

    private static String hung(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        return "did not end within " + CASE_TIME_MAX.toSeconds() + " s"
                + (stack.length == 0 ? "" : ", it is at " + stack[0]);
    }
}
