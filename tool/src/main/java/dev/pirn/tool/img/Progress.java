package dev.pirn.tool.img;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a verb is: a bar on a terminal, when it takes more than a second or {@code -p} asks for it; with
 * {@code -p} and no terminal the lines that qemu-img prints, which scripts read:
 * <pre>
 *   {@code     (12.50/100%)\r    (25.00/100%)\r … \n}
 * </pre>
 */
final class Progress implements AutoCloseable {
    private static final boolean TERMINAL = System.console() != null && System.console().isTerminal();
    private static final long QUIET_NANOS = 1_000_000_000;
    private static final int BAR_MILLIS = 200;
    private static final double PERCENT = 100;
    /** Smaller steps are not printed. */
    private static final double STEP_PERCENT = 0.5;

    private final String name;
    private final long total;
    private final boolean terminal;
    /** Null for no lines. */
    private final PrintWriter lines;
    private final long barFrom;
    private long done;
    private double printed = -STEP_PERCENT;
    private ProgressBar bar;

    /**
     * Makes one.
     *
     * @param totalBytes what there is to do
     * @param wanted whether {@code -p} was given
     */
    Progress(String name, long totalBytes, boolean wanted, Common common) {
        this.name = name;
        this.total = Math.max(1, totalBytes);
        this.terminal = TERMINAL && !common.quiet();
        this.lines = wanted && !terminal && !common.quiet() ? common.out() : null;
        this.barFrom = System.nanoTime() + (wanted ? 0 : QUIET_NANOS);
        print();
    }

    /** Counts {@code bytes} that were done. */
    void did(long bytes) {
        done += bytes;
        if (terminal && System.nanoTime() - barFrom >= 0) show();
        if (lines != null) print();
    }

    private void show() {
        if (bar == null) {
            bar = new ProgressBarBuilder().setTaskName(name).setInitialMax(total).setUnit(" MiB", 1 << 20)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_MILLIS).build();
        }
        bar.stepTo(done);
    }

    private void print() {
        if (lines == null) return;
        double percent = Math.min(PERCENT, PERCENT * done / total);
        if (percent < printed + STEP_PERCENT) return;
        printed = percent;
        lines.printf(Locale.ROOT, "    (%.2f/100%%)\r", percent);
        lines.flush();
    }

    /** Ends the line, or takes the bar away. */
    @Override
    public void close() {
        if (bar != null) bar.close();
        if (lines != null) lines.println();
    }
}
