package dev.pirn;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An iterator written as the loop that makes its elements, which runs only as far as it is asked.
 *
 * {@snippet class="dev.pirn.GeneratorTest" region="generator"}
 *
 * <p>{@link #hasNext} and {@link #next} run the body to its next element: one {@link Coroutine#enter} for
 * each, from whatever depth of calls it is yielded. A tree is best walked by recursion in <em>one</em>
 * generator that is passed down; one generator for each level costs an enter for each element and level.
 *
 * <p>Threads may use it one after the other, not at the same time: who asks while another thread runs the
 * body gets the coroutine's error. Elements may be null.
 *
 * <p>One that is dropped before its end runs none of its finally blocks, and on {@link Backend#THREAD} keeps
 * a thread: close it. For-each does not, so use it inside of try-with-resources:
 *
 * {@snippet class="dev.pirn.GeneratorTest" region="iterable"}
 *
 * @param <T> the elements
 */
public final class Generator<T> implements Iterator<T>, AutoCloseable {
    /**
     * What a generator runs.
     *
     * @param <T> the elements
     */
    @FunctionalInterface
    public interface Body<T> {
        /**
         * Makes the elements. Runs inside the coroutine, from when the first one is asked for.
         *
         * @param out where they go; may be passed on to whatever this calls
         * @throws Exception anything; it comes out of the {@link Generator#hasNext} or {@link Generator#next}
         *     that asked
         */
        @CoroutineFn
        void run(Out<T> out) throws Exception;
    }

    /**
     * Where the body of a generator puts its elements.
     *
     * @param <T> the elements
     */
    public static final class Out<T> {
        private final Generator<T> generator;

        private Out(Generator<T> generator) {
            this.generator = generator;
        }

        /**
         * Hands out {@code element}, and returns when the one after it is asked for. For the body alone.
         *
         * @throws CancellationException if the generator was {@linkplain Generator#close closed}: let it pass
         * @throws IllegalStateException if anybody else calls this, another coroutine that the body entered
         *     too
         */
        @CoroutineFn
        public void yield(T element) {
            generator.put(element);
        }

        /**
         * What {@link #yield} is in woven code: it has nothing left to do afterwards, so it needs no frame.
         *
         * @hidden
         */
        public void yield$co(T element, Coroutine co) {
            generator.putWoven(element, co);
        }
    }

    private final Coroutine coroutine;
    private T element;
    private boolean present; // There is an element that next has not taken.
    private volatile boolean closed;

    private Generator(Backend backend, String name, Body<T> body) {
        Objects.requireNonNull(body, "body");
        coroutine = Coroutine.create(backend, name, () -> body.run(new Out<>(this)));
    }

    /** Makes one called "generator"; see the other form. */
    public static <T> Generator<T> of(Body<T> body) {
        return of("generator", body);
    }

    /**
     * Makes one that runs {@code body} when it is first asked for an element. Nothing runs before.
     *
     * @param name what errors and dumps call its coroutine; need not be unique
     */
    public static <T> Generator<T> of(String name, Body<T> body) {
        return of(Backends.chosenFor(body), name, body);
    }

    static <T> Generator<T> of(Backend backend, String name, Body<T> body) {
        return new Generator<>(backend, name, body);
    }

    /**
     * Tells whether there is another element; runs the body until it yields one or ends, unless that is known
     * already.
     *
     * @throws IllegalStateException if the body runs already, here or in another thread; or if it suspended
     *     itself otherwise than by {@link Out#yield}
     * @throws CoroutineException if the body threw a checked exception, which is the cause; an unchecked one
     *     or an error is thrown as it is. Thrown once: there are no more elements then
     */
    @Override
    public boolean hasNext() {
        if (closed) return false;
        if (present) return true;
        if (ended()) return false;
        coroutine.enter();
        if (!present && !ended()) throw Inside.suspendedOtherwise(coroutine, "Out.yield");
        return present;
    }

    /**
     * Takes the next element; throws as {@link #hasNext} does.
     *
     * @throws NoSuchElementException if there is none
     */
    @Override
    public T next() {
        if (!hasNext()) throw new NoSuchElementException(coroutine + " has no more elements");
        return take();
    }

    /**
     * What is left, for one for-each loop. A second loop goes on where the first one stopped.
     */
    public Iterable<T> iterable() {
        return () -> this;
    }

    /**
     * What is left, as a stream: sequential, ordered, of a size that is not known, and as lazy as this.
     * Closing the stream closes this; that it was read to the end, or no further, does not.
     */
    public Stream<T> stream() {
        var elements = Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED);
        return StreamSupport.stream(elements, false).onClose(this::close);
    }

    /**
     * Ends it by {@link Coroutine#cancel}: the yield in which the body is suspended throws a
     * {@link CancellationException}, so that its finally blocks run, in its home if it has one. A body that
     * runs is told at its next yield; one that never began does not run. There are no more elements from now
     * on, not even one that {@link #hasNext} has promised.
     *
     * @throws IllegalStateException if the body yielded again instead of ending
     * @throws CoroutineException as {@link #hasNext}, for what its finally blocks threw
     */
    @Override
    public void close() {
        closed = true;
        try {
            coroutine.cancel();
        } finally {
            if (coroutine.isDone()) take(); // Of woven code, that is suspended with nothing left to do.
        }
    }

    /** Names it for people: {@code generator of coroutine "numbers" (suspended)}. */
    @Override
    public String toString() {
        return "generator of " + coroutine;
    }

    @CoroutineFn
    private void put(T value) {
        Inside.require(coroutine, "Out.yield");
        element = value;
        present = true;
        try {
            Coroutine.yield();
        } catch (Throwable e) {
            take(); // It never went out: cancelled, or below a frame that cannot be suspended.
            throw e;
        }
    }

    private void putWoven(T value, Coroutine co) {
        if (co != coroutine) Inside.require(coroutine, "Out.yield");
        element = value;
        present = true;
        try {
            Coroutine.yield$co(co);
        } catch (Throwable e) {
            take();
            throw e;
        }
    }

    private T take() {
        T taken = element;
        element = null; // Not kept alive longer than it is wanted.
        present = false;
        return taken;
    }

    private boolean ended() {
        return closed || coroutine.isDone();
    }
}
