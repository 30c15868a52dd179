package dev.pirn;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A coroutine that takes a value each time it is resumed, and hands one back each time it yields or ends:
 * Lua's {@code coroutine.wrap}.
 *
 * {@snippet class="dev.pirn.WrapTest" region="wrap"}
 *
 * <p>Any thread may resume it, and another the next time. Two at once are refused, and a refused resume
 * changes nothing. Values may be null. Where a {@link java.util.function.Function} is asked for, pass
 * {@code wrap::resume}.
 *
 * <p>One that is dropped while suspended runs none of its finally blocks: close it.
 *
 * @param <I> what goes in: the body's second parameter, then what {@link #yield} returns
 * @param <O> what comes out: what is yielded, and what the body returns
 */
public final class Wrap<I, O> implements AutoCloseable {
    /**
     * What a wrap runs.
     *
     * @param <I> what goes in
     * @param <O> what comes out
     */
    @FunctionalInterface
    public interface Body<I, O> {
        /**
         * Runs inside the coroutine, from the first resume on. May yield at any depth of calls.
         *
         * @param wrap the one to yield by
         * @param first the value of the first resume
         * @return what the last resume returns
         * @throws Exception anything; it comes out of {@link Wrap#resume}
         */
        @CoroutineFn
        O run(Wrap<I, O> wrap, I first) throws Exception;
    }

    /*
     *   resume(in)                    body
     *   in = value, enter ──────────▶ yield returns in
     *                                 …
     *   returns out ◀──────────────── out = value, answered = true, Coroutine.yield or the end
     *
     * busy is taken before in is written: enter alone would refuse a second thread too late, when that one
     * had overwritten the value of the first.
     */
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Coroutine coroutine;
    private I in;
    private O out;
    private boolean answered;

    private Wrap(Backend backend, String name, Body<I, O> body) {
        coroutine = Coroutine.create(backend, name, () -> {
            out = body.run(this, taken());
            answered = true;
        });
    }

    /**
     * Makes one that runs {@code body} when it is first resumed. Nothing runs before.
     *
     * @param name what errors and dumps call its coroutine; need not be unique
     */
    public static <I, O> Wrap<I, O> of(String name, Body<I, O> body) {
        return of(Backends.chosenFor(body), name, body);
    }

    static <I, O> Wrap<I, O> of(Backend backend, String name, Body<I, O> body) {
        Objects.requireNonNull(body, "body");
        return new Wrap<>(backend, name, body);
    }

    /**
     * Hands {@code value} in and runs the body until it yields or ends.
     *
     * @return what it yielded, or what the body returned
     * @throws IllegalStateException if the body has ended or runs already, here or in another thread; or if
     *     it suspended itself otherwise than by {@link #yield}
     * @throws CancellationException if it was closed while it ran, and ended for that
     * @throws CoroutineException if the body threw a checked exception, which is the cause; an unchecked one
     *     or an error is thrown as it is. It has ended then
     */
    public O resume(I value) {
        if (!busy.compareAndSet(false, true)) throw refusal();
        try {
            in = value;
            answered = false;
            coroutine.enter();
            if (!answered) throw unanswered();
            return out;
        } finally {
            in = null; // Neither value is kept alive longer than it is wanted.
            out = null;
            busy.set(false);
        }
    }

    /**
     * Suspends the body and has {@link #resume} return {@code value}. For the body alone.
     *
     * @return what the next resume hands in
     * @throws CancellationException if it was {@linkplain #close closed} instead: let it pass
     * @throws IllegalStateException if anybody else calls this, another coroutine that the body entered too
     */
    @CoroutineFn
    public I yield(O value) {
        Inside.require(coroutine, "Wrap.yield");
        out = value;
        answered = true;
        try {
            Coroutine.yield();
        } catch (Throwable e) {
            out = null; // It never went out: cancelled, or below a frame that cannot be suspended.
            answered = false;
            throw e;
        }
        return taken();
    }

    /** True once the body has returned or thrown, or was closed: a resume is refused then. */
    public boolean isDone() {
        return coroutine.state() == Coroutine.State.DONE;
    }

    /**
     * Ends it by {@link Coroutine#cancel}: the yield in which it is suspended throws a
     * {@link CancellationException}, so that the body's finally blocks run, in its home if it has one. One
     * that runs is told at its next yield. One that has ended, or never began, runs nothing.
     *
     * @throws IllegalStateException if it yielded again instead of ending
     * @throws CoroutineException as {@link #resume}, for what its finally blocks threw
     */
    @Override
    public void close() {
        coroutine.cancel();
    }

    /** Names it for people: {@code wrap of coroutine "squares" (suspended)}. */
    @Override
    public String toString() {
        return "wrap of " + coroutine;
    }

    private I taken() {
        I value = in;
        in = null;
        return value;
    }

    private IllegalStateException refusal() {
        Coroutine self = Coroutine.self();
        for (Coroutine co = self; co != null; co = co.caller()) {
            if (co == coroutine) return Misuse.recursive(coroutine, self);
        }
        return Misuse.runsElsewhere(coroutine, self);
    }

    private RuntimeException unanswered() {
        return isDone() ? new CancellationException(coroutine + " was closed while it ran")
                : Inside.suspendedOtherwise(coroutine, "Wrap.yield");
    }
}
