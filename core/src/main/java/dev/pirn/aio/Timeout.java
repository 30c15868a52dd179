package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/**
 * Work with a time limit, that is over when it says so: what took too long is cancelled, and has cleaned up
 * before the caller goes on. (QEMU's {@code qemu_co_timeout} lets it run on.)
 *
 * <pre>
 *   caller   ──within──▶ waits ─────────────────────────────▶ goes on
 *   body                 runs ─────────────▶ finally blocks ─▶ ended
 *   timer                    limit ─cancel─▶
 * </pre>
 */
public final class Timeout {
    private final String name;
    private final Duration limit;
    private final Completion<Void> ended;
    private boolean over;
    private IllegalStateException swallowed;

    private Timeout(String name, Duration limit) {
        this.name = name;
        this.limit = limit;
        ended = new Completion<>(this);
    }

    /** As {@link #within(Duration, String, Task.Body)}, of a body that is called after the caller. */
    @CoroutineFn
    public static <T, X extends Exception> T within(Duration limit, Task.Body<? extends T, X> body)
            throws X, TimeoutException {
        Coroutine self = Coroutine.self();
        return within(limit, self != null && self.name() != null ? self.name() : "body", body);
    }

    /**
     * Runs {@code body} and returns what it returned. Suspends. The body runs in a coroutine of its own, in
     * the caller's loop, and begins at once, on top of the caller. A caller who is cancelled cancels the
     * body, and waits for its end.
     *
     * @param limit how long it may take; at zero it may do what needs no waiting
     * @param name what errors and dumps call the body
     * @throws X what the body throws, as it is
     * @throws TimeoutException if it took longer; names the limit and, if the body let the cancellation pass,
     *     what it waited for. What the body threw or returned all the same is suppressed in it: the body has
     *     ended. One that swallows the cancellation and waits again is told of to
     *     {@link EventLoop#onUncaught} at once, and waited for
     * @throws IllegalStateException outside of a coroutine that runs in a loop
     */
    @CoroutineFn
    public static <T, X extends Exception> T within(Duration limit, String name,
            Task.Body<? extends T, X> body) throws X, TimeoutException {
        return new Timeout(name, limit).run(EventLoop.current(), body);
    }

    @CoroutineFn
    private <T, X extends Exception> T run(EventLoop loop, Task.Body<? extends T, X> body)
            throws X, TimeoutException {
        Task<T> task = Task.create(name, body, done -> ended.complete(null));
        Timer timer = loop.timer("limit of " + name, () -> {
            over = true;
            cancel(task);
        });
        timer.arm(limit.toNanos());
        try {
            task.coroutine().enter();
            ended.join();
        } catch (CancellationException e) {
            giveUp(task, e);
            throw e;
        } finally {
            timer.cancel();
        }
        if (over) throw late(task);
        return Blocked.outcome(task);
    }

    /** Ends the body of a caller that is cancelled. */
    @CoroutineFn
    private void giveUp(Task<?> task, CancellationException told) {
        try {
            cancel(task);
        } catch (IllegalStateException e) {
            told.addSuppressed(e);
        }
        if (!task.isDone()) ended.joinUninterruptibly();
    }

    private void cancel(Task<?> task) {
        try {
            task.coroutine().cancel();
        } catch (IllegalStateException e) {
            swallowed = e;
            throw e;
        }
    }

    private TimeoutException late(Task<?> task) {
        String text = name + " took longer than " + Sleep.text(limit);
        Throwable thrown = task.future().handle((value, failure) -> failure).getNow(null);
        boolean told = thrown instanceof CancellationException;
        var e = new TimeoutException(told ? text + ": " + thrown.getMessage() : text);
        if (told) e.initCause(thrown);
        if (swallowed != null) e.addSuppressed(swallowed);
        if (thrown == null) {
            e.addSuppressed(new IllegalStateException(name + " returned " + task.result() + " after all, "
                    + "which nobody gets"));
        } else if (!told) {
            e.addSuppressed(thrown);
        }
        return e;
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "the end of " + name + ", for at most " + Sleep.text(limit);
    }
}
