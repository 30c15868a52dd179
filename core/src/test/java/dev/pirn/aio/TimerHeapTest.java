package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
    private final LoopRule rule = new LoopRule();
    private final TimerHeap heap = new TimerHeap();
    private final List<Object> fired = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    private Timer timer(Object label) {
        return new Timer(rule.loop, String.valueOf(label), () -> fired.add(label));
    }

    @Test
    void firesInTheOrderOfDeadlinesThenOfArming() {
        long base = System.nanoTime();
        for (Object label : List.of(3, 1, 2)) heap.arm(timer(label), base, (int) label * 1_000_000_000L);
        heap.fire(base + 10_000_000_000L);
        assertEquals(List.of(1, 2, 3), fired);
        assertEquals(Long.MAX_VALUE, heap.delayNanos(base));
    }

    @Test
    void oneArmedByAHandlerWaitsForTheNextTurn() {
        var again = timer("again");
        heap.arm(new Timer(rule.loop, "first", () -> heap.arm(again, System.nanoTime(), 0)),
                System.nanoTime(), 0);
        assertEquals(1, heap.fire(System.nanoTime() + 1_000_000));
        assertEquals(List.of(), fired);
        assertEquals(1, heap.fire(System.nanoTime() + 1_000_000));
        assertEquals(List.of("again"), fired);
    }

    @Test
    void anEndlessDelayDoesNotOverflow() {
        heap.arm(timer("never"), System.nanoTime(), Long.MAX_VALUE);
        assertTrue(heap.delayNanos(System.nanoTime()) > Long.MAX_VALUE / 4);
        assertEquals(0, heap.fire(System.nanoTime()));
    }

    /** Arms, re-arms and cancels at random beside a sorted list. */
    @Test
    void agreesWithASortedList() {
        for (long seed = 1; seed <= 50; seed++) {
            var random = new Random(seed);
            var model = new ArrayList<Timer>();
            var all = new ArrayList<Timer>();
            for (int i = 0; i < 100; i++) all.add(timer(i));
            for (int step = 0; step < 2_000; step++) {
                Timer timer = all.get(random.nextInt(all.size()));
                if (random.nextInt(3) > 0) {
                    heap.arm(timer, System.nanoTime(), random.nextLong(1_000_000_000_000L));
                    model.remove(timer);
                    model.add(timer);
                } else {
                    assertEquals(model.remove(timer), heap.remove(timer), "seed " + seed);
                    assertFalse(timer.isArmed());
                }
            }
            model.sort(Comparator.<Timer>comparingLong(t -> t.deadlineNanos)
                    .thenComparingLong(t -> t.sequence));
            fired.clear();
            heap.fire(System.nanoTime() + 2_000_000_000_000L);
            assertEquals(model.stream().map(t -> t.name).toList(), fired.stream().map(String::valueOf)
                    .toList(),
                    "seed " + seed);
        }
    }
}
