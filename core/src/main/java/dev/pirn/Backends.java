package dev.pirn;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Chooses, once, the backend of coroutines whose maker does not: the best that works, unless told otherwise.
 */
final class Backends {
    /** Why Continuations cannot be used, or null if they can. */
    private static final String OBSTACLE = probe();

    // A constant for the compiler: where Continuations are missing, every test for them folds away.
    static final boolean CONTINUATIONS = OBSTACLE == null;

    private static final Backend CHOSEN;
    /** What woven code runs on; null if -Dpirn.backend says for all. */
    private static final Backend WOVEN = System.getProperty("pirn.backend") != null ? null
            : CONTINUATIONS ? Backend.HYBRID : Backend.PURE;
    /** Why there is no choice, where -Dpirn.backend asks for what cannot be had. */
    private static final String REFUSAL;

    static {
        Backend chosen = null;
        String refusal = null;
        try {
            chosen = choose(System.getProperty("pirn.backend"));
        } catch (IllegalArgumentException | IllegalStateException e) {
            // Not thrown here: a class that fails to load hides its reason.
            refusal = "-Dpirn.backend: " + e.getMessage();
        }
        CHOSEN = chosen;
        REFUSAL = refusal;
    }

    private Backends() { }

    /**
     * Logs, when it is loaded, that the choice is not the best there is. Not before somebody gets it: who
     * weaves all that suspends has no flag to be told of.
     */
    private static final class Announcement {
        static final boolean MADE = make();

        private static boolean make() {
            if (System.getProperty("pirn.backend") != null) return true;
            Logger log = System.getLogger("dev.pirn");
            if (!CONTINUATIONS) {
                log.log(Level.WARNING, "coroutines that are not woven run on threads, some 20 times slower: "
                        + cure() + "; or weave them (dev.pirn.CoroutineFn)");
            } else if (!Internals.DIRECT && !Internals.UNWANTED) {
                log.log(Level.INFO, "coroutines use Continuation's public methods, some 1.3 times slower: "
                        + cure());
            }
            return true;
        }
    }

    /** The backend of those whose maker names none; an IllegalStateException if there cannot be one. */
    static Backend chosen() {
        if (CHOSEN == null) throw new IllegalStateException(REFUSAL);
        return Announcement.MADE ? CHOSEN : null;
    }

    /** The backend of one that runs {@code code}, if its maker names none. */
    static Backend chosenFor(Object code) {
        return WOVEN != null && code instanceof Woven ? WOVEN : chosen();
    }

    private static String probe() {
        try {
            return ContinuationStack.works() ? null : "a trial run did not come back";
        } catch (LinkageError | RuntimeException e) {
            return e.toString();
        }
    }

    private static Backend choose(String wanted) {
        if (wanted != null) {
            var backend = Backend.of(wanted);
            if (!backend.isAvailable()) throw new IllegalStateException(missing(backend));
            return backend;
        }
        return CONTINUATIONS ? Backend.CONTINUATION : Backend.THREAD;
    }

    /** The message of an error that asks for {@code backend} where it does not work. */
    static String missing(Backend backend) {
        return "backend \"" + backend + "\" does not work in this JVM (" + OBSTACLE + "); " + cure();
    }

    private static String cure() {
        Module self = Backends.class.getModule();
        String module = self.isNamed() ? self.getName() : "ALL-UNNAMED";
        return "start java with --add-opens java.base/jdk.internal.vm=" + module
                + " --add-exports java.base/jdk.internal.access=" + module;
    }
}
