package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Tells those who watch coroutines what happens to them: the {@link Registry} and the Flight Recorder.
 *
 * <p>Called at each step of every coroutine. While nobody watches, that is a test of a field each; the
 * recorder's events ask whether they are wanted only once there has been a recording.
 */
final class Watchers {
    /** True from the first recording on. Plain, as {@link Registry#tracking} is and for the same reason. */
    private static boolean flight;
    private static final VarHandle NAME =
            Handles.of(MethodHandles.lookup().in(Coroutine.class), "name", Object.class);

    static {
        if (hasFlightRecorder()) FlightStart.await(() -> flight = true);
    }

    private Watchers() { }

    /** True where the module jdk.jfr is; else no class that stands on it is ever linked. */
    private static boolean hasFlightRecorder() {
        return ModuleLayer.boot().findModule("jdk.jfr").filter(Watchers.class.getModule()::canRead)
                .isPresent();
    }

    /** The tag of {@code co}, made if need be. */
    static Tag tag(Coroutine co) {
        Object now = co.name;
        if (now instanceof Tag tag) return tag;
        var tag = new Tag(co, (String) now, co.ownBackend());
        Object before = NAME.compareAndExchange(co, now, tag);
        return before instanceof Tag faster ? faster : tag;
    }

    /** The last step of making it; returns what it shall keep as its name. */
    static Object created(Coroutine co, String name, Backend backend) {
        boolean recorded = flight && FlightEvents.CREATE.isEnabled();
        if (!recorded && !Registry.tracking) return name;
        var tag = new Tag(co, name, backend);
        if (Registry.tracking) Registry.add(tag);
        if (recorded) FlightEvents.created(tag);
        return tag;
    }

    /** It is about to run. */
    static void entering(Coroutine co, Coroutine from, Home here) {
        if (flight && FlightEvents.ENTER.isEnabled()) {
            FlightEvents.entering(tag(co), from == null ? 0 : tag(from).id,
                    here == null ? null : here.name());
        }
        if (Registry.tracking) Registry.entering(tag(co), here);
    }

    /**
     * It has yielded or {@code ended}, by what it threw or not.
     *
     * @param cancelled true if it was told to end
     */
    static void left(Coroutine co, boolean ended, Throwable thrown, boolean cancelled) {
        if (flight) {
            if (!ended && FlightEvents.YIELD.isEnabled()) FlightEvents.yielded(tag(co));
            if (ended && FlightEvents.TERMINATE.isEnabled()) {
                FlightEvents.terminated(tag(co), thrown != null ? thrown.getClass().getName()
                        : cancelled ? "cancelled" : "returned");
            }
        }
        if (Registry.tracking) Registry.left(tag(co), ended);
    }

    /** It will be entered in {@code to}. */
    static void scheduled(Coroutine co, String function, Home to) {
        if (flight && FlightEvents.SCHEDULE.isEnabled()) {
            FlightEvents.scheduled(tag(co), function, to.name());
        }
    }

    /** It is about to yield until {@code subject} has come. */
    static void waiting(Coroutine co, Object subject) {
        if (Registry.tracking) tag(co).waiting(subject);
    }

    /** What it waits for in words, or null if nobody noted it. */
    static String waitsFor(Coroutine co) {
        return co.name instanceof Tag tag ? tag.waitsFor() : null;
    }
}
