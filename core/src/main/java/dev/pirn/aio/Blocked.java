package dev.pirn.aio;

import dev.pirn.NoCoroutineFn;
import dev.pirn.Task;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;

/**
 * Those who block until a task of one loop is done, and must not do so for ever: when nobody runs the loop
 * any more, they are told.
 *
 * <pre>
 *   open ──stopped──▶ refused ──run again──▶ open
 *     └─────closed────────────────────────▶ refused for good
 * </pre>
 */
final class Blocked {
    private final EventLoop loop;
    private final ConcurrentLinkedQueue<Task<?>> tasks = new ConcurrentLinkedQueue<>();
    /** What became of the loop, when nobody runs it; null while somebody may. */
    private volatile String refusal;
    private boolean closed;
    private boolean running; // For the loop's thread.

    Blocked(EventLoop loop) {
        this.loop = loop;
    }

    /** The loop runs from now on; returns false if it did before, this being a nested run. */
    boolean open() {
        boolean outermost = !running;
        running = true;
        if (outermost && !closed) refusal = null;
        return outermost;
    }

    /** Nobody will ever run the loop again. */
    void close() {
        closed = true;
        refuse("is closed");
    }

    /** Nobody runs the loop any more: who waits is told why. */
    void refuse(String why) {
        running = false;
        refusal = why;
        for (Task<?> task = tasks.poll(); task != null; task = tasks.poll()) refuse(task, why);
    }

    private void refuse(Task<?> task, String why) {
        var e = new IllegalStateException(loop + " " + why + ", but " + task.coroutine() + " has not ended, "
                + "and somebody blocks until it has; it is cancelled");
        if (task.future().completeExceptionally(e)) task.coroutine().cancel();
    }

    /** Registers a task; throws if nobody would run it. */
    void add(Task<?> task) {
        tasks.add(task); // Before the look: who refuses after it finds the task.
        String why = refusal;
        if (why == null || !tasks.remove(task)) return;
        throw new IllegalStateException(loop + " " + why + ", so nobody would run " + task.coroutine());
    }

    /** Takes it out; refuses it if the loop was {@code stopped} before its end. */
    void remove(Task<?> task, boolean stopped) {
        if (tasks.remove(task) && stopped && !task.isDone()) refuse(task, "was stopped");
    }

    /** Blocks until it is done; an interrupt is kept for later. */
    @NoCoroutineFn
    static void await(Task<?> task) {
        boolean interrupted = false;
        while (true) {
            try {
                task.future().get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException | RuntimeException e) {
                break; // The caller asks how it ended.
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** What a task whose future is done returned; or throws what it threw. */
    @SuppressWarnings("unchecked")
    static <T, X extends Exception> T outcome(Task<T> task) throws X {
        try {
            return task.future().getNow(null);
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw (X) e.getCause(); // The body declares no other checked exception.
            }
        }
    }
}
