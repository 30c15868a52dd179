package dev.pirn;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/**
 * Waits for the first recording, be it started with the JVM, by code or from outside: until then our events
 * need not be linked, which would take longer than all else that a first coroutine needs. Linked only where
 * the module jdk.jfr is: see {@link Watchers}.
 */
final class FlightStart implements FlightRecorderListener {
    private final Runnable then;

    private FlightStart(Runnable then) {
        this.then = then;
    }

    /** Has {@code then} run, at once or by whatever thread starts a recording, before that begins. */
    static void await(Runnable then) {
        FlightRecorder.addListener(new FlightStart(then));
    }

    @Override
    public void recorderInitialized(FlightRecorder recorder) {
        FlightEvents.register();
        then.run();
    }
}
