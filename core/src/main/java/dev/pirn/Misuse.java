package dev.pirn;

/**
 * The errors of callers, in words: who, the rule, the values, and the cure. QEMU's words where it has some.
 */
final class Misuse {
    private Misuse() { }

    static IllegalStateException yieldsToNoOne() {
        return new IllegalStateException("Co-routine is yielding to no one: " + Thread.currentThread()
                + " is in no coroutine; yield only inside one, that somebody entered");
    }

    static IllegalStateException unwoven(Coroutine co) {
        return new IllegalStateException(UnwovenFrame.describe(co));
    }

    static IllegalStateException ended(Coroutine co, Coroutine from) {
        return new IllegalStateException(co + " has ended and cannot be entered again, by " + who(from)
                + "; make a new one");
    }

    static IllegalStateException recursive(Coroutine co, Coroutine from) {
        return new IllegalStateException("Co-routine re-entered recursively: " + co + ", by " + who(from)
                + ", which it entered itself or is; yield instead, or use enterIfInactive");
    }

    static IllegalStateException runsElsewhere(Coroutine co, Coroutine from) {
        Home home = co.home();
        return new IllegalStateException("Co-routine re-entered recursively: " + co + " runs in another "
                + "thread, "
                + (home != null ? "home " + home.name() : "outside of any home") + ", entered meanwhile by "
                + who(from)
                + "; let it yield first, or schedule it in its home");
    }

    static IllegalStateException scheduled(Coroutine co, String earlier, String now) {
        return new IllegalStateException("Co-routine was already scheduled in '" + earlier + "': " + co + ", "
                + "now by '"
                + now + "'; pair each wake with one yield");
    }

    static IllegalStateException scheduledAfterEnd(Coroutine co, String now) {
        return new IllegalStateException(co + " was scheduled by '" + now + "' after its end; make a new "
                + "one");
    }

    static IllegalStateException wakesItself(Coroutine co) {
        return new IllegalStateException(co + " wakes itself: it runs, and would be woken at its next yield "
                + "whatever that waits for; only another may wake it");
    }

    static IllegalStateException swallowed(Coroutine co) {
        return new IllegalStateException(co + " swallowed its cancellation: it yielded again instead of "
                + "ending; let the CancellationException pass, and yield in no finally block");
    }

    static IllegalStateException homeless(Coroutine co) {
        return new IllegalStateException(co + " has no home to be woken in: it has never run in one. "
                + "Schedule it in a Home, or enter it yourself");
    }

    static IllegalStateException loopInside(Coroutine co, Home home) {
        return new IllegalStateException(co + " runs " + home + "; run a loop outside of coroutines, and "
                + "wait inside one by yielding");
    }

    static IllegalStateException outside(String function, Coroutine co) {
        return new IllegalStateException(function + " outside of a coroutine that runs in an event loop, by "
                + (co == null ? Thread.currentThread() : co) + "; start it with EventLoop.start");
    }

    static IllegalStateException tooDeep(Coroutine co, Throwable cause) {
        return new IllegalStateException(co + " cannot yield below so many frames: they fill more than half "
                + "a region of the G1 heap. Yield higher up, start java with -XX:G1HeapRegionSize=32m or "
                + "another collector, or make the coroutine on Backend.THREAD. The coroutine goes on", cause);
    }

    static IllegalStateException closed(Home home, Coroutine co, String function) {
        return new IllegalStateException(home + " is closed and enters nobody any more; " + co + " was to be "
                + "entered there by '" + function + "'. Close a loop when all that stands on it has ended");
    }

    static IllegalStateException twoAtATime(Coroutine co, Coroutine other, Home home) {
        return new IllegalStateException(co + " would run in " + home + " while " + other + " runs there in "
                + "another thread; a home is one thread at a time: have the other thread schedule");
    }

    static IllegalStateException endedHolding(Coroutine co, Hold last, Throwable thrown) {
        var locks = new StringBuilder();
        for (Hold each = last; each != null; each = each.next) {
            locks.append(each == last ? "" : ", ").append(each.lock);
        }
        return new IllegalStateException(co + " ended holding " + locks + "; unlock in a finally block. It "
                + "stays locked: what it guards may be half changed", thrown);
    }

    private static String who(Coroutine from) {
        return from != null ? from.toString() : "code outside of any coroutine, in " + Thread.currentThread();
    }
}
