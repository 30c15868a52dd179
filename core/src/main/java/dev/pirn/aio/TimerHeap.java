package dev.pirn.aio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The armed timers, soonest first: a heap of four children a node in which each timer knows its place, so
 * that to cancel or re-arm one is O(log n). (20–60 ns; java.util.PriorityQueue looks for it, 90–1800 ns.)
 */
final class TimerHeap {
    private static final int FANOUT = 4;

    private Timer[] heap = new Timer[16];
    private int size;
    private long armings;

    /**
     * Nanoseconds until the first deadline: zero if it has passed, {@code Long.MAX_VALUE} if none is armed.
     */
    long delayNanos(long nowNanos) {
        if (size == 0) return Long.MAX_VALUE;
        return Math.max(0, heap[0].deadlineNanos - nowNanos);
    }

    void arm(Timer timer, long nowNanos, long delayNanos) {
        // Half the range at most: deadlines are compared by difference, as nanoTime may wrap.
        timer.deadlineNanos = nowNanos + Math.min(Math.max(0, delayNanos), Long.MAX_VALUE / 2);
        timer.sequence = ++armings;
        if (timer.index < 0) {
            if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
            place(timer, size++);
        }
        up(timer);
        down(timer);
    }

    boolean remove(Timer timer) {
        int hole = timer.index;
        if (hole < 0) return false;
        timer.index = -1;
        Timer last = heap[--size];
        heap[size] = null;
        if (last != timer) {
            place(last, hole);
            up(last);
            down(last);
        }
        return true;
    }

    /**
     * Calls the handlers of all timers that are due at {@code nowNanos}, in the order of their deadlines. One
     * that a handler arms meanwhile waits for the next turn, so that a timer of zero delay cannot hold the
     * loop.
     */
    int fire(long nowNanos) {
        long last = armings;
        int fired = 0;
        while (size > 0 && heap[0].deadlineNanos - nowNanos <= 0 && heap[0].sequence <= last) {
            Timer due = heap[0];
            remove(due);
            due.loop.call(due, due.handler);
            fired++;
        }
        return fired;
    }

    /** Disarms all; returns their names, soonest first. */
    List<String> drop() {
        var names = new ArrayList<String>();
        while (size > 0) {
            names.add(heap[0].toString());
            remove(heap[0]);
        }
        return List.copyOf(names);
    }

    private void up(Timer timer) {
        int i = timer.index;
        while (i > 0) {
            Timer parent = heap[(i - 1) / FANOUT];
            if (!before(timer, parent)) break;
            place(parent, i);
            i = (i - 1) / FANOUT;
        }
        place(timer, i);
    }

    private void down(Timer timer) {
        int i = timer.index;
        while (true) {
            Timer least = leastChild(i);
            if (least == null || !before(least, timer)) break;
            int next = least.index;
            place(least, i);
            i = next;
        }
        place(timer, i);
    }

    private Timer leastChild(int i) {
        Timer least = null;
        int end = Math.min(size, i * FANOUT + FANOUT + 1);
        for (int child = i * FANOUT + 1; child < end; child++) {
            if (least == null || before(heap[child], least)) least = heap[child];
        }
        return least;
    }

    private void place(Timer timer, int i) {
        heap[i] = timer;
        timer.index = i;
    }

    private static boolean before(Timer a, Timer b) {
        long difference = a.deadlineNanos - b.deadlineNanos;
        return difference != 0 ? difference < 0 : a.sequence < b.sequence;
    }
}
