package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a recording holds of coroutines. */
class FlightEventsTest {
    @TempDir
    private Path dir;

    private List<RecordedEvent> record(Runnable code) throws IOException {
        Path file = dir.resolve("a.jfr");
        try (var recording = new Recording()) {
            recording.start();
            code.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(each -> each.getEventType().getName().startsWith("dev.pirn."))
                .sorted((a, b) -> a.getStartTime().compareTo(b.getStartTime())).toList();
    }

    /** One line an event, coroutines by name. */
    private static List<String> lines(List<RecordedEvent> events) {
        Map<Long, String> names = new HashMap<>(Map.of(0L, "-"));
        events.forEach(each -> names.put(each.getLong("coroutine"), each.getString("name")));
        return events.stream().map(each -> {
            String verb = each.getEventType().getName().substring("dev.pirn.Coroutine".length());
            return verb + " " + names.get(each.getLong("coroutine")) + switch (verb) {
                case "Create" -> " " + each.getString("backend");
                case "Enter" -> " by " + names.get(each.getLong("enterer")) + " in " + each.getString("home");
                case "Schedule" -> " " + each.getString("scheduler") + " in " + each.getString("home");
                case "Terminate" -> " " + each.getString("outcome");
                default -> "";
            };
        }).toList();
    }

    @ParameterizedTest @EnumSource
    void eachStepIsAnEvent(Backend backend) throws IOException {
        var home = new ManualHome("h");
        var events = record(() -> {
            var inner = Coroutine.create(backend, "inner", Coroutine::yield);
            var outer = Coroutine.create(backend, "outer", () -> {
                inner.enter();
                throw new IllegalStateException("x");
            });
            assertThrows(IllegalStateException.class, outer::enter);
            home.schedule(inner);
            home.turn();
            Coroutine.create(backend, "never", () -> { }).cancel();
            var told = Coroutine.create(backend, "told", Coroutine::yield);
            told.enter();
            told.cancel();
        });
        assertEquals(List.of(
                "Create inner " + backend, "Create outer " + backend,
                "Enter outer by - in null", "Enter inner by outer in null", "Yield inner",
                "Terminate outer java.lang.IllegalStateException",
                "Schedule inner Home.schedule in h", "Enter inner by - in h", "Terminate inner returned",
                "Create never " + backend, "Terminate never cancelled",
                "Create told " + backend, "Enter told by - in null", "Yield told",
                "Enter told by - in null", "Terminate told cancelled"), lines(events));
    }

    @Test
    void oneMadeBeforeTheRecordingHasItsNameAndOneNumber() throws IOException {
        var co = Coroutine.create("early", () -> {
            Coroutine.yield();
            Coroutine.yield();
        });
        co.enter();
        var events = record(() -> {
            co.enter();
            co.enter();
        });
        assertEquals(List.of("Enter early by - in null", "Yield early", "Enter early by - in null",
                "Terminate early returned"), lines(events));
        assertEquals(1, events.stream().map(each -> each.getLong("coroutine")).distinct().count());
        assertEquals("early", co.name());
    }

    /** The creation's stack trace says where the coroutine comes from; the others would cost too much. */
    @Test
    void onlyTheCreationHasAStackTrace() throws IOException {
        var events = record(() -> Coroutine.create("a", () -> { }).enter());
        assertTrue(events.getFirst().getStackTrace().getFrames().stream()
                .anyMatch(each -> each.getMethod().getType().getName().equals(getClass().getName())));
        assertTrue(events.stream().skip(1).allMatch(each -> each.getStackTrace() == null));
    }

    /**
     * The recorder's buffer belongs to a thread; compiled code must not write into the one of the thread that
     * it was suspended in.
     */
    @Test
    void eventsNameTheThreadAlsoOfOneThatMoves() throws IOException {
        int rounds = 10_000;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        var events = record(() -> {
            var inner = Coroutine.create("inner", FlightEventsTest::yieldForEver);
            var outer = Coroutine.create("outer", () -> {
                while (true) {
                    inner.enter();
                    Coroutine.yield();
                }
            });
            var threads = new ArrayList<Thread>();
            var turn = new java.util.concurrent.Exchanger<Integer>();
            for (String name : List.of("even", "odd")) {
                threads.add(Thread.ofPlatform().name(name).start(() -> {
                    try {
                        for (int i = 0; i < rounds; i++) {
                            if (i % 2 == 0 == name.equals("even")) outer.enter();
                            turn.exchange(i);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            threads.forEach(FlightEventsTest::join);
        });
        assertEquals(null, failure.get());
        var enters = events.stream().filter(each -> each.getEventType().getName().endsWith("Enter")).toList();
        assertEquals(2 * rounds, enters.size());
        for (int i = 0; i < enters.size(); i++) {
            String thread = enters.get(i).getThread().getJavaName();
            assertEquals(i / 2 % 2 == 0 ? "even" : "odd", thread, "enter " + i);
        }
    }

    @CoroutineFn
    private static void yieldForEver() {
        while (true) Coroutine.yield();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
