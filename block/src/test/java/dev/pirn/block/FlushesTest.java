package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Flushes at once: a failure is everybody's who was under way, and one is enough for all who wait. */
class FlushesTest {
    private static final String LOST = ": disk: flush: one before it failed, and what was written until then "
            + "may be lost; write it again to the image opened anew (gone)";

    /** What the disk was asked, to be answered by the test: nothing for success, or what failed. */
    private final List<Completion<String>> asked = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private final Flushes flushes = new Flushes("disk", () -> {
        var answer = new Completion<String>("a flush");
        asked.add(answer);
        String error = answer.join();
        if (error.equals("a bug")) throw new IllegalStateException(error);
        if (!error.isEmpty()) throw new IOException(error);
    });

    private void begin(String... names) {
        for (String each : names) {
            EventLoop.current().start(each, () -> {
                try {
                    flushes.flush();
                    outcomes.add(each);
                } catch (IOException | IllegalStateException e) {
                    outcomes.add(each + ": " + e.getMessage());
                }
            });
        }
    }

    /** Lets all others run until they wait. */
    @CoroutineFn
    private static void settle() {
        for (int i = 0; i < 10; i++) {
            var turn = new Completion<Void>("a turn");
            EventLoop.current().execute(() -> turn.complete(null));
            turn.join();
        }
    }

    /**
     * Linux tells one caller; the next {@code fdatasync} succeeds, and may be back first.
     * <pre>
     *   a: asks ──────────────── EIO, told late
     *   b:      asks ── success ─?
     * </pre>
     */
    @Test
    void noneSucceedsBesideOneThatFails() throws Exception {
        Loops.run(() -> {
            begin("a", "b");
            settle();
            if (asked.size() > 1) asked.get(1).complete("");
            settle();
            asked.get(0).complete("gone");
            settle();
        });
        assertEquals(List.of("a: gone", "b" + LOST), outcomes);
        assertEquals(1, asked.size());
    }

    @Test
    void oneIsEnoughForAllWhoWait() throws Exception {
        Loops.run(() -> {
            begin("a");
            settle();
            begin("b", "c", "d");
            settle();
            assertEquals(1, asked.size());
            asked.get(0).complete("");
            settle();
            assertEquals(2, asked.size());
            assertEquals(List.of("a"), outcomes);
            asked.get(1).complete("");
            settle();
        });
        assertEquals(List.of("a", "b", "c", "d"), outcomes);
        assertEquals(2, asked.size());
    }

    /** It began before what the other one has written, perhaps. */
    @Test
    void oneUnderWayIsNotEnough() throws Exception {
        Loops.run(() -> {
            begin("a");
            settle();
            begin("b");
            settle();
            asked.get(0).complete("");
            settle();
            begin("c");
            settle();
            asked.get(1).complete("");
            settle();
            assertEquals(List.of("a", "b"), outcomes);
            asked.get(2).complete("");
            settle();
        });
        assertEquals(List.of("a", "b", "c"), outcomes);
    }

    /** It says nothing of the disk: who waits asks the disk. */
    @Test
    void oneThatHasABugIsNotEnough() throws Exception {
        Loops.run(() -> {
            begin("a");
            settle();
            begin("b", "c");
            settle();
            asked.get(0).complete("");
            settle();
            asked.get(1).complete("a bug");
            settle();
            assertEquals(List.of("a", "b: a bug"), outcomes);
            asked.get(2).complete("");
            settle();
        });
        assertEquals(List.of("a", "b: a bug", "c"), outcomes);
    }
}
