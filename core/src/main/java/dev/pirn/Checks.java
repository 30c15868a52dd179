package dev.pirn;

import java.lang.System.Logger.Level;

/**
 * Checked mode, {@code -Dpirn.checks=true}: looks for locks that a yield would take along or leave behind.
 *
 * <p>The JVM freezes the lock stack of the whole thread with a continuation: a monitor that the coroutine
 * <em>or its enterer</em> holds is then held by nobody, or by the wrong one. A lock of java.util.concurrent
 * belongs to the thread: held by the coroutine across a yield it lets the next coroutine in. Both show far
 * from the cause, so this mode fails at the yield, before anything is suspended. And it sees that no two
 * coroutines of a home run at a time.
 *
 * <p>Costs some microseconds an enter and a yield, 1 ms and more where a stack is seen for the first time.
 * Off, it costs nothing.
 */
final class Checks {
    static final boolean ON = Boolean.getBoolean("pirn.checks") && isPossible();

    private Checks() { }

    private static boolean isPossible() {
        boolean possible = ModuleLayer.boot().findModule("java.management").isPresent();
        if (!possible) {
            System.getLogger("dev.pirn").log(Level.WARNING, "-Dpirn.checks=true does nothing without the "
                    + "module java.management; start java with --add-modules java.management");
        }
        return possible;
    }

    /** Sees that nobody else runs in its home, and remembers what the enterer holds. */
    static void beforeEnter(Coroutine co) {
        OneAtATime.begin(co);
        LockCheck.beforeEnter(co);
    }

    /** Forgets it. */
    static void afterEnter(Coroutine co) {
        LockCheck.afterEnter(co);
        OneAtATime.end(co);
    }

    /**
     * Looks for locks that must not be held across a yield.
     *
     * @param woven if its frames unwind: then the JVM takes no monitors along
     * @throws IllegalStateException naming lock and frame; the coroutine goes on
     */
    static void beforeYield(Coroutine co, boolean woven) {
        LockCheck.beforeYield(co, woven);
    }
}
