package dev.pirn.nbd;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the module logs, kept instead of printed. */
final class Log extends Handler {
    private static final Log LOG = new Log();
    /** Held here, for the logging system holds it weakly. */
    private static final Logger LOGGER = Logger.getLogger("dev.pirn.nbd");

    private final List<String> records = new ArrayList<>();

    static {
        LOGGER.setUseParentHandlers(false);
        LOGGER.addHandler(LOG);
    }

    private Log() { }

    /** What was logged at {@code level} or above since this was called last. */
    static List<String> take(Level level) {
        synchronized (LOG) {
            var taken = LOG.records.stream().filter(each -> Level.parse(each.split(" ")[0]).intValue()
                    >= level.intValue()).toList();
            LOG.records.clear();
            return taken;
        }
    }

    @Override
    public synchronized void publish(LogRecord logged) {
        String thrown = logged.getThrown() == null ? "" : ": " + logged.getThrown();
        records.add(logged.getLevel() + " " + logged.getMessage() + thrown);
    }

    @Override
    public void flush() { }

    @Override
    public void close() { }
}
