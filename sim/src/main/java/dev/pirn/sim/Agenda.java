package dev.pirn.sim;

import java.util.PriorityQueue;

/** What happens later in a world: messages that arrive, work that a pool begins. Earliest first. */
final class Agenda {
    /** What happens; {@code inPool} if by a thread outside of all loops, else by whoever has the baton. */
    record Item(long atNanos, long number, boolean inPool, Runnable action) implements Comparable<Item> {
        @Override
        public int compareTo(Item other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Item> items = new PriorityQueue<>();
    private long count;

    void add(long atNanos, boolean inPool, Runnable action) {
        items.add(new Item(atNanos, count++, inPool, action));
    }

    /** When the next is due; {@code Long.MAX_VALUE} if there is none. */
    long nextNanos() {
        Item first = items.peek();
        return first == null ? Long.MAX_VALUE : first.atNanos;
    }

    Item take() {
        return items.remove();
    }

    void clear() {
        items.clear();
    }
}
