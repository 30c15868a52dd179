package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The situations of QEMU's test-aio, by its names: each with turns run by hand and, in the place of its
 * repetition as a GSource, as a guest in the turns of another loop of the same thread.
 */
class AioTest {
    private final LoopRule rule = new LoopRule();
    private final LoopRule host = new LoopRule();
    private final EventLoop loop = rule.loop;
    private int n;
    private int active;

    /** Who calls for a turn. */
    enum Driver { OWN, GUEST }

    private Driver driver;

    @AfterEach
    void close() {
        rule.close();
        host.close();
        assertEquals(List.of(), rule.uncaught);
    }

    private boolean turn(boolean block) {
        if (driver == Driver.OWN) return loop.turn(block);
        boolean[] progress = {false};
        host.loop.execute(() -> progress[0] = loop.turn(block));
        assertTrue(host.loop.turn(false));
        return progress[0];
    }

    private void turns(Driver by, String expected) {
        driver = by;
        var trace = new StringBuilder();
        for (String step : expected.split(" ")) trace.append(turn(false)).append(n).append(' ');
        assertEquals(expected, trace.toString().trim());
    }

    /** In the loop's thread, for what only that may do; and no turn of the test's. */
    private void inLoop(Runnable code) {
        loop.execute(code);
        loop.turn(false);
    }

    @ParameterizedTest
    @EnumSource
    void bhSchedule(Driver by) {
        loop.bottomHalf("bh", () -> n++).schedule();
        assertEquals(0, n);
        turns(by, "true1 false1");
    }

    @ParameterizedTest
    @EnumSource
    void bhSchedule10(Driver by) {
        BottomHalf[] bh = {null};
        bh[0] = loop.bottomHalf("bh", () -> {
            if (++n < 10) bh[0].schedule();
        });
        bh[0].schedule();
        turns(by, "true1 true2");
        while (n < 10) assertTrue(turn(true));
        turns(by, "false10 false10");
    }

    @ParameterizedTest
    @EnumSource
    void bhCancel(Driver by) {
        var bh = loop.bottomHalf("bh", () -> n++);
        bh.schedule();
        bh.cancel();
        turns(by, "false0");
    }

    @ParameterizedTest
    @EnumSource
    void bhDelete(Driver by) {
        var bh = loop.bottomHalf("bh", () -> n++);
        bh.schedule();
        bh.delete();
        turns(by, "false0");
    }

    private BottomHalf deletesItselfAt(int count, List<Integer> counts, int index) {
        BottomHalf[] bh = {null};
        bh[0] = loop.bottomHalf("bh " + index, () -> {
            counts.set(index, counts.get(index) + 1);
            if (counts.get(index) < count) bh[0].schedule(); else bh[0].delete();
        });
        bh[0].schedule();
        return bh[0];
    }

    @ParameterizedTest
    @EnumSource
    void bhCallbackDeleteOne(Driver by) {
        driver = by;
        var counts = new ArrayList<>(List.of(0));
        deletesItselfAt(2, counts, 0);
        assertTrue(turn(false));
        assertEquals(List.of(1), counts);
        assertTrue(turn(false));
        assertFalse(turn(false));
        assertEquals(List.of(2), counts);
    }

    @ParameterizedTest
    @EnumSource
    void bhCallbackDeleteMany(Driver by) {
        driver = by;
        var counts = new ArrayList<>(List.of(0, 0, 0, 0));
        int[] ends = {1, 3, 2, 4};
        for (int i = 0; i < 4; i++) deletesItselfAt(ends[i], counts, i);
        var trace = new ArrayList<String>();
        while (turn(false)) trace.add(counts.toString());
        assertEquals(List.of("[1, 1, 1, 1]", "[1, 2, 2, 2]", "[1, 3, 2, 3]", "[1, 3, 2, 4]"), trace);
    }

    @ParameterizedTest
    @EnumSource
    void bhFlush(Driver by) {
        driver = by;
        loop.bottomHalf("bh", () -> n++).schedule();
        while (turn(false)) assertEquals(1, n);
        assertEquals(1, n);
    }

    /** One that clears itself when it is called, and sets itself again while {@code again}. */
    private EventNotifier event(boolean again) {
        EventNotifier event = loop.notifier("event");
        inLoop(() -> event.attach(() -> {
            if (!event.testAndClear()) return;
            n++;
            active--;
            if (again && active > 0) event.set();
        }));
        return event;
    }

    @ParameterizedTest
    @EnumSource
    void eventAddRemove(Driver by) {
        EventNotifier event = event(false);
        turns(by, "false0");
        inLoop(event::detach);
        event.set();
        turns(by, "false0");
        assertTrue(event.testAndClear());
        assertFalse(event.testAndClear());
    }

    @ParameterizedTest
    @EnumSource
    void eventWait(Driver by) {
        active = 1;
        EventNotifier event = event(false);
        turns(by, "false0");
        event.set();
        turns(by, "true1 false1");
        assertEquals(0, active);
        inLoop(event::detach);
        turns(by, "false1");
    }

    @ParameterizedTest
    @EnumSource
    void eventWaitNoFlushCb(Driver by) {
        active = 2;
        EventNotifier event = event(false);
        EventNotifier dummy = loop.notifier("dummy, never set");
        inLoop(() -> dummy.attach(() -> n += 100));
        event.set();
        turns(by, "true1 false1");
        event.set();
        event.set(); // Twice is once.
        turns(by, "true2 false2");
        assertEquals(0, active);
    }

    @ParameterizedTest
    @EnumSource
    void eventFlush(Driver by) {
        driver = by;
        active = 10;
        EventNotifier event = event(true);
        event.set();
        assertTrue(turn(true));
        assertEquals(9, active);
        while (active > 0) assertTrue(turn(true));
        turns(by, "false10");
    }

    @ParameterizedTest
    @EnumSource
    void timerSchedule(Driver by) {
        driver = by;
        long delayNanos = 5_000_000;
        long start = System.nanoTime();
        Timer[] timer = {null};
        timer[0] = loop.timer("timer", () -> {
            if (++n < 2) timer[0].arm(delayNanos);
        });
        inLoop(() -> timer[0].arm(delayNanos));
        for (int fired = 1; fired <= 2; fired++) {
            while (n < fired) turn(true);
            assertTrue(System.nanoTime() - start >= fired * delayNanos);
        }
        assertFalse(timer[0].isArmed());
        turns(by, "false2");
    }

    /** Two coroutines enter each other and yield: neither runs on top of the other, however often. */
    @ParameterizedTest
    @EnumSource
    void coroutineQueueChaining(Backend backend) {
        int length = 25_000;
        var pair = new Coroutine[2];
        int[] steps = {0, 0};
        for (int i = 0; i < 2; i++) {
            int own = i;
            pair[own] = Coroutine.create(backend, "chain " + own, () -> {
                while (steps[own] < length) {
                    steps[own]++;
                    // The last one would enter a coroutine that has ended.
                    if (steps[1 - own] < length) loop.enter(pair[1 - own]);
                    if (steps[own] < length) Coroutine.yield();
                }
            });
        }
        loop.schedule(pair[0]);
        loop.turn(false);
        assertEquals(List.of(length, length), List.of(steps[0], steps[1]));
        assertFalse(loop.turn(false));
    }

    @ParameterizedTest
    @EnumSource
    void coroutineWorkerThreadCoEnter(Backend backend) throws InterruptedException {
        Thread[] ranIn = {null};
        EventLoop[] home = {null};
        Coroutine co = Coroutine.create(backend, "visitor", () -> {
            home[0] = EventLoop.current();
            loop.bottomHalf("where", () -> ranIn[0] = Thread.currentThread()).schedule();
        });
        var worker = new Thread(() -> loop.enter(co));
        worker.start();
        while (ranIn[0] == null) loop.turn(true);
        worker.join();
        assertSame(loop, home[0]);
        assertSame(Thread.currentThread(), ranIn[0]);
        assertEquals(Coroutine.State.DONE, co.state());
    }
}
