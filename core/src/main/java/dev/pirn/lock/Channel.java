package dev.pirn.lock;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Elements from coroutines to coroutines, in order, through a buffer of fixed size; of one loop or many.
 *
 * <pre>
 *   send ──▶ senders in line ──▶ buffer ──▶ receivers in line ──▶ receive
 *            while it is full    capacity   while it is empty
 * </pre>
 *
 * <p>With a capacity of zero who sends waits for who receives. Lines are served in order. The coroutines
 * suspend; {@link #trySend}, {@link #tryReceive} and {@link #close} never do, and are for any thread.
 *
 * <p>An element that was handed to a coroutine which is cancelled at that moment is not lost: its receive
 * returns it, and the cancellation is told at its next yield. In the same way a send that was taken returns.
 *
 * @param <T> the elements, which are not null
 */
public final class Channel<T> implements AutoCloseable {
    /**
     * What {@link #each} calls.
     *
     * @param <T> the elements
     * @param <X> the checked exception that it may throw
     */
    @FunctionalInterface
    public interface Taker<T, X extends Exception> {
        /** Takes one element; may be suspended. */
        @CoroutineFn
        void take(T element) throws X;
    }

    private static final AtomicLong MADE = new AtomicLong();

    /** Several channels are locked in the order of their numbers. */
    final long number = MADE.incrementAndGet();
    private final String name;
    private final int capacity;

    // Guarded by the monitor, which is held for some instructions; nobody is woken under it.
    private final ArrayDeque<T> elements = new ArrayDeque<>();
    private final Line<T> senders = new Line<>();
    private final Line<T> receivers = new Line<>();
    private boolean closed;

    private Channel(String name, int capacity) {
        this.name = Objects.requireNonNull(name, "name");
        this.capacity = capacity;
    }

    /**
     * Makes an empty one.
     *
     * @param name what errors and dumps call it
     * @param capacity how many elements may be in it without having been received
     * @throws IllegalArgumentException if that is negative
     */
    public static <T> Channel<T> of(String name, int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("channel \"" + name + "\" of " + capacity + " elements; it "
                    + "needs at least 0");
        }
        return new Channel<>(name, capacity);
    }

    /**
     * Puts {@code element} into it. Suspends while there is no room.
     *
     * @throws ChannelClosedException if it is closed, before or meanwhile; the element was not taken
     * @throws java.util.concurrent.CancellationException if the coroutine was cancelled; as above
     * @throws IllegalStateException if it would have to wait outside of a coroutine that runs in a loop
     */
    @CoroutineFn
    public void send(T element) {
        if (trySend(element)) return;
        Case<T> mine = sending(element);
        mine.choice = new Choice(mine);
        if (!settled(mine)) mine.choice.await();
        mine.requireSent();
    }

    /**
     * Takes the oldest element. Suspends while there is none.
     *
     * @return null if the channel is closed and all that it held was received
     * @throws java.util.concurrent.CancellationException if the coroutine was cancelled; nothing was taken
     * @throws IllegalStateException if it would have to wait outside of a coroutine that runs in a loop
     */
    @CoroutineFn
    public T receive() {
        Case<T> mine = receiving();
        if (attempted(mine)) return mine.element;
        mine.choice = new Choice(mine);
        if (!settled(mine)) mine.choice.await();
        return mine.element;
    }

    /**
     * Has {@code taker} take each element to come, until the channel is closed and empty. Suspends.
     *
     * @throws X what the taker throws; its element is gone, the others are not
     */
    @CoroutineFn
    public <X extends Exception> void each(Taker<? super T, X> taker) throws X {
        for (T element = receive(); element != null; element = receive()) taker.take(element);
    }

    /**
     * Puts {@code element} into it if that needs no waiting. From any thread.
     *
     * @return whether it did
     * @throws ChannelClosedException if it is closed
     */
    public boolean trySend(T element) {
        Case<T> once = sending(element);
        boolean sent = attempted(once);
        once.requireSent();
        return sent;
    }

    /**
     * Takes the oldest element if there is one. From any thread.
     *
     * @return null if there is none; {@link #isDrained} says whether one may come
     */
    public T tryReceive() {
        Case<T> once = receiving();
        attempted(once);
        return once.element;
    }

    /** What a {@link Select} needs to receive from this. */
    public Case<T> receiving() {
        return new Case<>(this, false);
    }

    /** What a {@link Select} needs to send {@code element} into this. */
    public Case<T> sending(T element) {
        var sending = new Case<>(this, true);
        sending.element = Objects.requireNonNull(element, "element");
        return sending;
    }

    /**
     * Takes no more: who sends gets a {@link ChannelClosedException}, also those who wait in line. What is in
     * the buffer can still be received; after that, receivers come to the end. From any thread, more than
     * once.
     */
    @Override
    public void close() {
        var waiting = new ArrayList<Choice>();
        synchronized (this) {
            closed = true;
            for (Case<T> each = senders.claimFirst(); each != null; each = senders.claimFirst()) {
                each.refused = true;
                waiting.add(each.choice);
            }
            // Who waits to receive does so because nothing is there.
            for (Case<T> each = receivers.claimFirst(); each != null; each = receivers.claimFirst()) {
                each.element = null;
                waiting.add(each.choice);
            }
        }
        for (Choice each : waiting) each.tell();
    }

    /** True once it takes no more. */
    public synchronized boolean isClosed() {
        return closed;
    }

    /** True once it is closed and all was received. */
    public synchronized boolean isDrained() {
        return closed && elements.isEmpty();
    }

    /** How many elements are in the buffer. */
    public synchronized int size() {
        return elements.size();
    }

    /** Does it if that needs no waiting; returns false if it cannot be done. */
    private boolean attempted(Case<T> wanted) {
        synchronized (this) {
            if (!attempt(wanted)) return false;
        }
        wanted.tellPartner();
        return true;
    }

    /** Does it now; or returns false, and it stands in its line. */
    private boolean settled(Case<T> wanted) {
        synchronized (this) {
            if (!attempt(wanted)) {
                enlist(wanted);
                return false;
            }
        }
        wanted.tellPartner();
        return true;
    }

    /**
     * Does it if it can be done without waiting; called with the monitor. The partner, if there is one, is to
     * be told when no monitor is held.
     */
    boolean attempt(Case<T> wanted) {
        return wanted.sends ? put(wanted) : take(wanted);
    }

    private boolean put(Case<T> sending) {
        sending.refused = closed;
        if (closed) return true;
        Case<T> receiver = receivers.claimFirst();
        if (receiver != null) {
            receiver.element = sending.element;
            sending.partner = receiver.choice;
            return true;
        }
        return elements.size() < capacity && elements.add(sending.element);
    }

    private boolean take(Case<T> receiving) {
        receiving.element = elements.poll();
        Case<T> sender = senders.claimFirst(); // Waits because the buffer was full, or has no room at all.
        receiving.partner = sender == null ? null : sender.choice;
        if (sender == null) return receiving.element != null || closed;
        if (receiving.element == null) {
            receiving.element = sender.element;
        } else {
            elements.add(sender.element);
        }
        return true;
    }

    /** Puts it in its line; called with the monitor. */
    void enlist(Case<T> waiting) {
        (waiting.sends ? senders : receivers).add(waiting);
    }

    /** Takes it out of its line, if it is there. */
    synchronized void leave(Case<?> waiting) {
        @SuppressWarnings("unchecked")
        var own = (Case<T>) waiting;
        (own.sends ? senders : receivers).remove(own);
    }

    ChannelClosedException refusal() {
        Coroutine self = Coroutine.self();
        return new ChannelClosedException(this + " is closed, but "
                + (self == null ? Thread.currentThread() : self) + " sends into it");
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "channel \"%s\" (%d of %d)".formatted(name, size(), capacity);
    }
}
