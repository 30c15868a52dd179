package dev.pirn;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The Flight Recorder's view. Linked only where the module jdk.jfr is: see {@link Watchers}.
 *
 * <p>The events have no duration: a run is from an Enter to the next Yield or Terminate of the same
 * coroutine. On the thread backend their thread is the enterer's, as on the other.
 */
final class FlightEvents {
    // For isEnabled, which is a method of the object: an empty one until a recording has been started.
    static final Create CREATE = new Create();
    static final Enter ENTER = new Enter();
    static final Yield YIELD = new Yield();
    static final Terminate TERMINATE = new Terminate();
    static final Schedule SCHEDULE = new Schedule();

    private FlightEvents() { }

    /** Has the recorder know them. Called once it is there: to link them takes 50 ms of CPU. */
    static void register() {
        // By initialising this class, which makes one of each.
    }

    @Name("dev.pirn.CoroutineCreate")
    @Label("Coroutine Create")
    @Description("A coroutine was made; nothing of it has run")
    @Category("Pirn")
    static final class Create extends Event {
        @Label("Coroutine") @Description("Its number, unique in this JVM") long coroutine;
        @Label("Name") String name;
        @Label("Backend") String backend;
    }

    @Name("dev.pirn.CoroutineEnter")
    @Label("Coroutine Enter")
    @Description("A coroutine begins to run, or goes on")
    @Category("Pirn")
    @StackTrace(false)
    static final class Enter extends Event {
        @Label("Coroutine") @Description("Its number, unique in this JVM") long coroutine;
        @Label("Name") String name;
        @Label("Enterer") @Description("The number of the coroutine that entered it; 0 if it was entered "
                + "from outside of any") long enterer;
        @Label("Home") @Description("Where it runs; none outside of event loops") String home;
    }

    @Name("dev.pirn.CoroutineYield")
    @Label("Coroutine Yield")
    @Description("A coroutine was suspended")
    @Category("Pirn")
    @StackTrace(false)
    static final class Yield extends Event {
        @Label("Coroutine") @Description("Its number, unique in this JVM") long coroutine;
        @Label("Name") String name;
    }

    @Name("dev.pirn.CoroutineTerminate")
    @Label("Coroutine Terminate")
    @Description("A coroutine has ended")
    @Category("Pirn")
    @StackTrace(false)
    static final class Terminate extends Event {
        @Label("Coroutine") @Description("Its number, unique in this JVM") long coroutine;
        @Label("Name") String name;
        @Label("Outcome") @Description("returned, cancelled, or the class of what it threw") String outcome;
    }

    @Name("dev.pirn.CoroutineSchedule")
    @Label("Coroutine Schedule")
    @Description("A coroutine is to be entered, as soon as its home comes to it")
    @Category("Pirn")
    @StackTrace(false)
    static final class Schedule extends Event {
        @Label("Coroutine") @Description("Its number, unique in this JVM") long coroutine;
        @Label("Name") String name;
        @Label("Scheduler") @Description("The function that schedules it") String scheduler;
        @Label("Home") @Description("Where it will run") String home;
    }

    static void created(Tag tag) {
        var event = new Create();
        event.coroutine = tag.id;
        event.name = tag.name;
        event.backend = tag.backend.toString();
        event.commit();
    }

    static void entering(Tag tag, long enterer, String home) {
        var event = new Enter();
        event.coroutine = tag.id;
        event.name = tag.name;
        event.enterer = enterer;
        event.home = home;
        event.commit();
    }

    static void yielded(Tag tag) {
        var event = new Yield();
        event.coroutine = tag.id;
        event.name = tag.name;
        event.commit();
    }

    static void terminated(Tag tag, String outcome) {
        var event = new Terminate();
        event.coroutine = tag.id;
        event.name = tag.name;
        event.outcome = outcome;
        event.commit();
    }

    static void scheduled(Tag tag, String function, String home) {
        var event = new Schedule();
        event.coroutine = tag.id;
        event.name = tag.name;
        event.scheduler = function;
        event.home = home;
        event.commit();
    }
}
