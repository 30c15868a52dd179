package dev.pirn.tool;

import java.text.MessageFormat;
import java.util.ResourceBundle;

/**
 * Prints what Pirn's modules log as a line on stderr, in the form of our errors; without stack traces unless
 * {@link #debug}. The JDK's own loggers print two lines, and load a module for it.
 */
public final class StderrLoggers extends System.LoggerFinder {
    /** From {@code --debug}: shows debug messages and stack traces. */
    static volatile boolean debug;

    /** For the service loader. */
    public StderrLoggers() { }

    /** {@return a logger that prints warnings and errors} */
    @Override
    public System.Logger getLogger(String name, Module module) {
        return new StderrLogger(name);
    }

    private record StderrLogger(String name) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            Level least = debug && name.startsWith("dev.pirn") ? Level.DEBUG : Level.WARNING;
            return level != Level.OFF && level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (!isLoggable(level)) return;
            String cause = thrown == null ? "" : ": " + thrown;
            System.err.println(Main.oneLine("pirn: " + name + ": " + message + cause));
            if (debug && thrown != null) thrown.printStackTrace();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {
            if (!isLoggable(level)) return;
            boolean plain = values == null || values.length == 0;
            log(level, bundle, plain ? format : MessageFormat.format(format, values), (Throwable) null);
        }
    }
}
