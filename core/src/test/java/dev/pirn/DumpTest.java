package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.Coroutine.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people and programs read. */
class DumpTest {
    private static final List<StackTraceElement> READ =
            List.of(frame("Reader", "read"), frame("Main", "run"));
    private static final List<StackTraceElement> WRITE = List.of(frame("Writer", "write"));

    @BeforeEach
    void track() {
        Coroutines.track(true);
    }

    @AfterEach
    void stop() {
        Coroutines.track(false);
    }

    private static StackTraceElement frame(String type, String method) {
        return new StackTraceElement(type, method, type + ".java", 7);
    }

    private static CoroutineInfo info(long id, String name, State state, int seconds,
            List<StackTraceElement> stack) {
        boolean runs = state == State.RUNNING;
        return new CoroutineInfo(id, name, state, Backend.CONTINUATION, "h", runs ? "#9" : null,
                runs ? null : "input", runs ? "main" : null, Duration.ofSeconds(2 * seconds),
                Duration.ofSeconds(seconds), stack, List.of());
    }

    private static String text(List<CoroutineInfo> live, List<CoroutineInfo> lost, long lostCount) {
        return Dump.text(new Sighting(live, lost, lostCount, List.of()));
    }

    @Test
    void runningFirstThenThoseThatWaitLongestEqualStacksOnce() {
        var all = List.of(
                info(1, "a", State.SUSPENDED, 1, READ),
                info(2, "long name", State.SUSPENDED, 3, READ),
                info(3, null, State.SUSPENDED, 2, WRITE),
                info(4, "busy", State.RUNNING, 0, WRITE));
        assertEquals("""
                Coroutines: 4 live, 0 lost

                "busy" #4  running 0 ns, in thread "main", entered by #9, home "h", made 0 ns ago
                    at Writer.write(Writer.java:7)

                "long name" #2  suspended 3.0 s, waits for input, home "h", made 6.0 s ago
                "a" #1          suspended 1.0 s, waits for input, home "h", made 2.0 s ago
                    at Reader.read(Reader.java:7)
                    at Main.run(Main.java:7)

                #3  suspended 2.0 s, waits for input, home "h", made 4.0 s ago
                    at Writer.write(Writer.java:7)
                """, text(all, List.of(), 0));
    }

    @Test
    void lostBeforeAllOthers() {
        var lost = new CoroutineInfo(5, "gone", State.SUSPENDED, Backend.CONTINUATION, null, null, null, null,
                Duration.ofMinutes(3), Duration.ofMillis(20), List.of(), READ);
        assertEquals("""
                Coroutines: 1 live, 101 lost

                Lost: suspended, and nothing can enter them any more
                "gone" #5  was suspended 20 ms, made 3 min 0 s ago
                  created
                    at Reader.read(Reader.java:7)
                    at Main.run(Main.java:7)

                "a" #1  new 0 ns, waits for input, home "h", made 0 ns ago
                """, text(List.of(info(1, "a", State.NEW, 0, List.of())), List.of(lost), 101));
    }

    @Test
    void manyAtOnePlaceAreCounted() {
        var all = new ArrayList<CoroutineInfo>();
        for (int i = 1; i <= 25; i++) all.add(info(i, "n" + i, State.SUSPENDED, 1, WRITE));
        List<String> lines = text(all, List.of(), 0).lines().toList();
        assertEquals(2 + 20 + 2, lines.size());
        assertEquals("… and 5 more at the same place", lines.get(22));
    }

    @Test
    void withoutTrackingTheCure() {
        Coroutines.track(false);
        assertEquals("""
                Coroutines: 0 live, 0 lost
                Not tracked: start with -Dpirn.track=true
                """, text(List.of(), List.of(), 0));
    }

    @Test
    void json() {
        var co = info(1, "quote \" back \\ line \n bell \u0007 half \ud800 é", State.RUNNING, 1, WRITE);
        assertEquals("""
                {"tracking":true,"lostCount":2,"deadlocks":[],"lost":[],"live":[
                {"id":1,"name":"quote \\" back \\\\ line \\n bell \\u0007 half \\ud800 é","state":"RUNNING",\
                "backend":"continuation","home":"h","caller":"#9","waitsFor":null,"thread":"main",\
                "ageNanos":2000000000,"sinceNanos":1000000000,"stack":["Writer.write(Writer.java:7)"],\
                "createdAt":[]}]}
                """, Json.dump(new Sighting(List.of(co), List.of(), 2, List.of())));
    }
}
