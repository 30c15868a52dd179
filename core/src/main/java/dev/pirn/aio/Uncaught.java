package dev.pirn.aio;

import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.function.BiConsumer;

/** Who is told of what a handler or coroutine of a loop throws: nobody stands there who could handle it. */
final class Uncaught {
    private static final System.Logger LOG = System.getLogger("dev.pirn.aio");

    private final String loop;
    private BiConsumer<Object, Throwable> handler = this::log;

    Uncaught(String loop) {
        this.loop = loop;
    }

    void set(BiConsumer<Object, Throwable> newHandler) {
        handler = Objects.requireNonNull(newHandler, "handler");
    }

    private void log(Object who, Throwable failure) {
        LOG.log(Level.ERROR, loop + ": " + who + " threw", failure);
    }

    /** Says something of the loop to whoever reads logs. */
    void warn(String what) {
        LOG.log(Level.WARNING, loop + ": " + what);
    }

    /** Runs something of {@code owner}; what it throws ends neither the loop nor the handlers after it. */
    void guard(Object owner, Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            report(owner, e);
        }
    }

    void report(Object who, Throwable failure) {
        try {
            handler.accept(who, failure);
        } catch (Throwable e) {
            e.addSuppressed(failure);
            log("the handler of uncaught exceptions", e);
        }
    }
}
