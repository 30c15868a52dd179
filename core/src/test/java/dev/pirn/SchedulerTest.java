package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Scheduler.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulerTest {
    private final List<Object> trace = new ArrayList<>();

    /** The {@code main.c} of cloudwu's library, with its output. */
    @Test
    void snippet() {
        var printed = new ArrayList<String>();
        // @start region="scheduler"
        try (var scheduler = Scheduler.open()) {
            int[] id = new int[2];
            for (int start = 0; start < 2; start++) {
                int first = 100 * start;
                id[start] = scheduler.create(() -> {
                    for (int i = 0; i < 3; i++) {
                        printed.add("coroutine " + scheduler.running() + " : " + (first + i));
                        scheduler.yield();
                    }
                });
            }
            while (scheduler.status(id[0]) != Scheduler.Status.DEAD
                    && scheduler.status(id[1]) != Scheduler.Status.DEAD) {
                scheduler.resume(id[0]);
                scheduler.resume(id[1]);
            }
        }
        // @end
        assertEquals(List.of("coroutine 0 : 0", "coroutine 1 : 100", "coroutine 0 : 1", "coroutine 1 : 101",
                "coroutine 0 : 2", "coroutine 1 : 102"), printed);
    }

    @ParameterizedTest @EnumSource
    void statusAndRunningAlongALife(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int id = scheduler.create(() -> {
            trace.add(scheduler.running());
            trace.add(scheduler.status(0));
            scheduler.yield();
        });
        assertEquals(0, id);
        assertEquals(Status.READY, scheduler.status(id));
        assertEquals(-1, scheduler.running());
        scheduler.resume(id);
        assertEquals(List.of(0, Status.RUNNING), trace);
        assertEquals(Status.SUSPENDED, scheduler.status(id));
        assertEquals(-1, scheduler.running());
        scheduler.resume(id);
        assertEquals(Status.DEAD, scheduler.status(id));
    }

    @ParameterizedTest @EnumSource
    void theLowestFreeNumberIsGivenFirst(Backend backend) {
        var scheduler = Scheduler.open(backend);
        for (int i = 0; i < 5; i++) assertEquals(i, scheduler.create(() -> { }));
        scheduler.resume(3);
        scheduler.resume(1);
        assertEquals(1, scheduler.create(() -> trace.add("new 1")));
        assertEquals(Status.READY, scheduler.status(1));
        assertEquals(3, scheduler.create(() -> { }));
        assertEquals(5, scheduler.create(() -> { }));
        scheduler.resume(1);
        assertEquals(List.of("new 1"), trace);
    }

    /** cloudwu forbids it; here a yield returns to whoever resumed, as in Coroutine. */
    @ParameterizedTest @EnumSource
    void resumeInsideACoroutine(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int inner = scheduler.create(() -> {
            trace.add(scheduler.running());
            trace.add(scheduler.status(1));
            scheduler.yield();
        });
        int outer = scheduler.create(() -> {
            scheduler.resume(inner);
            trace.add(scheduler.running());
            scheduler.yield();
            scheduler.resume(inner);
        });
        scheduler.resume(outer);
        assertEquals(Status.SUSPENDED, scheduler.status(inner));
        assertEquals(Status.SUSPENDED, scheduler.status(outer));
        scheduler.resume(outer);
        assertEquals(List.of(0, Status.RUNNING, 1), trace);
        assertEquals(Status.DEAD, scheduler.status(inner));
        assertEquals(Status.DEAD, scheduler.status(outer));
    }

    @ParameterizedTest @EnumSource
    void resumeOfADeadOne(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int id = scheduler.create(() -> { });
        scheduler.resume(id);
        assertEquals("coroutine id 0 was resumed after its end, or after its scheduler was closed; ask "
                + "Scheduler.status first",
                assertThrows(IllegalStateException.class, () -> scheduler.resume(id)).getMessage());
    }

    @ParameterizedTest @EnumSource
    void resumeOfOneThatRunsOrWaitsForTheCaller(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int inner = scheduler.create(() -> {
            trace.add(assertThrows(IllegalStateException.class, () -> scheduler.resume(0)).getMessage());
            trace.add(assertThrows(IllegalStateException.class, () -> scheduler.resume(1)).getMessage());
            trace.add(scheduler.running());
        });
        int outer = scheduler.create(() -> scheduler.resume(inner));
        scheduler.resume(outer);
        String cure = ", by coroutine \"id 0\" (running), which it entered itself or is; yield instead, or "
                + "use enterIfInactive";
        assertEquals(List.of("Co-routine re-entered recursively: coroutine \"id 0\" (running)" + cure,
                "Co-routine re-entered recursively: coroutine \"id 1\" (entered another)" + cure, 0), trace);
    }

    @ParameterizedTest @EnumSource
    void numbersThatWereNeverGiven(Backend backend) {
        var scheduler = Scheduler.open(backend);
        assertEquals("coroutine id 0 was never made in this scheduler, which has made none",
                assertThrows(IllegalArgumentException.class, () -> scheduler.resume(0)).getMessage());
        scheduler.create(() -> { });
        scheduler.create(() -> { });
        assertEquals("coroutine id 2 was never made in this scheduler, which has made 0 to 1",
                assertThrows(IllegalArgumentException.class, () -> scheduler.status(2)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> scheduler.status(-1));
    }

    @ParameterizedTest @EnumSource
    void exceptionsComeOutOfResumeAndFreeTheNumber(Backend backend) {
        var scheduler = Scheduler.open(backend);
        var checked = new IOException("disk");
        int id = scheduler.create(() -> {
            throw checked;
        });
        assertSame(checked, assertThrows(CoroutineException.class, () -> scheduler.resume(id)).getCause());
        assertEquals(Status.DEAD, scheduler.status(id));
        assertEquals(-1, scheduler.running());
        assertEquals(id, scheduler.create(() -> endless(0)));
        assertThrows(StackOverflowError.class, () -> scheduler.resume(id));
        assertEquals(Status.DEAD, scheduler.status(id));
    }

    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    @ParameterizedTest @EnumSource
    void yieldOutsideOfItsCoroutines(Backend backend) {
        var scheduler = Scheduler.open(backend);
        String rule = " while the scheduler runs nothing; call it in a coroutine that it resumed";
        assertEquals("Scheduler.yield was called by code outside of any coroutine, in "
                + Thread.currentThread() + rule,
                assertThrows(IllegalStateException.class, scheduler::yield).getMessage());
        var stranger = Coroutine.create(backend, "stranger", scheduler::yield);
        assertEquals("Scheduler.yield was called by coroutine \"stranger\" (running)" + rule,
                assertThrows(IllegalStateException.class, stranger::enter).getMessage());
        int id = scheduler.create(() -> Coroutine.create(backend, "nested", scheduler::yield).enter());
        assertEquals("Scheduler.yield of coroutine \"id 0\" (entered another) was called by coroutine "
                + "\"nested\" (running); call it in the body of that coroutine only, outside of any other "
                + "that the body enters",
                assertThrows(IllegalStateException.class, () -> scheduler.resume(id)).getMessage());
    }

    @ParameterizedTest @EnumSource
    void closeCancelsWhatIsLeftInOrder(Backend backend) {
        var scheduler = Scheduler.open(backend);
        for (int i = 0; i < 3; i++) {
            scheduler.create(() -> {
                int id = scheduler.running();
                try {
                    scheduler.yield();
                    trace.add("went on");
                } finally {
                    trace.add(id);
                }
            });
        }
        int fresh = scheduler.create(() -> trace.add("ran"));
        for (int i = 0; i < 3; i++) scheduler.resume(i);
        scheduler.close();
        scheduler.close();
        assertEquals(List.of(0, 1, 2), trace);
        for (int i = 0; i <= fresh; i++) assertEquals(Status.DEAD, scheduler.status(i));
        assertEquals("a coroutine was made in a closed scheduler; open another",
                assertThrows(IllegalStateException.class, () -> scheduler.create(() -> { })).getMessage());
        assertThrows(IllegalStateException.class, () -> scheduler.resume(fresh));
    }

    @ParameterizedTest @EnumSource
    void closeTellsAllAndThrowsWhatTheyThrew(Backend backend) {
        var scheduler = Scheduler.open(backend);
        for (int i = 0; i < 3; i++) {
            scheduler.create(() -> {
                int id = scheduler.running();
                try {
                    scheduler.yield();
                } finally {
                    if (id != 1) failing(id);
                    trace.add(id);
                }
            });
            scheduler.resume(i);
        }
        var e = assertThrows(IllegalArgumentException.class, scheduler::close);
        assertEquals("from 0", e.getMessage());
        // After where it was entered from.
        assertEquals("from 2", List.of(e.getSuppressed()).getLast().getMessage());
        assertEquals(List.of(1), trace);
    }

    @ParameterizedTest @EnumSource
    void oneThatSurvivesCloseIsReportedAndDeadAllTheSame(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int id = scheduler.create(() -> {
            try {
                scheduler.yield();
            } finally {
                Coroutine.yield();
                trace.add("went on");
            }
        });
        scheduler.resume(id);
        assertEquals("coroutine \"id 0\" (suspended) swallowed its cancellation: it yielded again instead of "
                + "ending; let the CancellationException pass, and yield in no finally block",
                assertThrows(IllegalStateException.class, scheduler::close).getMessage());
        assertEquals(Status.DEAD, scheduler.status(id));
        assertEquals("coroutine id 0 was resumed after its end, or after its scheduler was closed; ask "
                + "Scheduler.status first",
                assertThrows(IllegalStateException.class, () -> scheduler.resume(id)).getMessage());
        assertEquals(List.of(), trace);
    }

    private static void failing(int id) {
        throw new IllegalArgumentException("from " + id);
    }

    @ParameterizedTest @EnumSource
    void closeInsideIsRefused(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int id = scheduler.create(scheduler::close);
        var e = assertThrows(IllegalStateException.class, () -> scheduler.resume(id));
        assertEquals("a scheduler was closed while coroutine \"id 0\" (running) runs in it; let that yield "
                + "or end first", e.getMessage());
        assertEquals(0, scheduler.create(() -> { }), "it is still open, and the number is free");
    }

    @ParameterizedTest @EnumSource
    void goesOnInAnotherThread(Backend backend) throws InterruptedException {
        var scheduler = Scheduler.open(backend);
        int id = scheduler.create(() -> {
            for (int i = 0; i < 3; i++) {
                trace.add(scheduler.running() + " " + Coroutine.self());
                scheduler.yield();
            }
        });
        scheduler.resume(id);
        var other = new Thread(() -> scheduler.resume(id));
        other.start();
        other.join();
        scheduler.resume(id);
        String each = "0 coroutine \"id 0\" (running)";
        assertEquals(List.of(each, each, each), trace);
        scheduler.close();
    }

    @ParameterizedTest @EnumSource
    void aHundredThousandOneAfterTheOtherShareANumber(Backend backend) {
        var scheduler = Scheduler.open(backend);
        int[] ran = {0};
        for (int i = 0; i < 100_000; i++) {
            int id = scheduler.create(() -> ran[0]++);
            assertEquals(0, id);
            scheduler.resume(id);
        }
        assertEquals(100_000, ran[0]);
        assertTrue(scheduler.status(0) == Status.DEAD);
    }
}
