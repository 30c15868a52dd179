package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future.State;

/**
 * Coroutines that belong together: whoever started them goes on when all have ended, and not before.
 *
 * <pre>
 *   run ──▶ body, in the caller ──▶ waits for all ──────────▶ returns, or throws the first failure
 *             start ──▶ child ──fails──▶ the other children ─cancelled─▶ ended
 *   caller cancelled, or body throws ──▶ all children ───────cancelled─▶ ended
 * </pre>
 *
 * <p>A child that was cancelled has not failed. All methods are for the caller's loop, in which the children
 * run too.
 *
 * @param <X> the checked exception that the children may throw
 */
public final class Group<X extends Exception> {
    /**
     * What starts the children.
     *
     * @param <T> the result
     * @param <X> the checked exception that it and the children may throw
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /** Runs in the caller's coroutine. May wait for children, with {@link Task#join} say. */
        @CoroutineFn
        T run(Group<X> group) throws X;
    }

    private final String name;
    private final EventLoop loop;
    private final Coroutine owner = Coroutine.self();
    private final LinkedHashSet<Task<?>> running = new LinkedHashSet<>();
    private final List<Throwable> failures = new ArrayList<>();
    /** Awaited by the caller when only the children are left. */
    private Completion<Void> empty;
    private boolean cancelled;
    private boolean left;

    private Group(String name, EventLoop loop) {
        this.name = name;
        this.loop = loop;
    }

    /**
     * Runs {@code body} in the calling coroutine, waits for the children that it started, and returns what it
     * returned. Suspends. The first that fails, the body or a child, has the children that are left
     * cancelled. A body that waits for something else is not disturbed by a child's failure.
     *
     * @param name what errors and dumps call the group
     * @throws X what failed first, as it is, with the failures of others suppressed in it
     * @throws CancellationException if the caller was cancelled; the children have ended
     * @throws IllegalStateException outside of a coroutine that runs in a loop
     */
    @CoroutineFn
    public static <T, X extends Exception> T run(String name, Body<? extends T, X> body) throws X {
        var group = new Group<X>(name, EventLoop.current());
        T value = null;
        Throwable thrown = null;
        try {
            value = body.run(group);
            group.join();
        } catch (Throwable e) {
            thrown = e;
        }
        group.leave(thrown);
        return value;
    }

    /**
     * Runs all {@code bodies}, each in a child, and returns their results in their order. Suspends.
     *
     * @throws X as {@link #run}
     */
    @CoroutineFn
    public static <T, X extends Exception> List<T> all(String name,
            Collection<? extends Task.Body<? extends T, X>> bodies) throws X {
        var tasks = new ArrayList<Task<T>>(bodies.size());
        Group.<Void, X>run(name, group -> {
            for (Task.Body<? extends T, X> body : bodies) {
                tasks.add(group.start(name + " " + (tasks.size() + 1), body));
            }
            return null;
        });
        var results = new ArrayList<T>(tasks.size());
        for (Task<T> task : tasks) results.add(task.result());
        return results;
    }

    /**
     * Has {@code body} run in a child, from the loop's next turn on. The body of the group may call this, and
     * any child.
     *
     * @param childName what errors and dumps call the child
     * @throws IllegalStateException if the group was left or is being cancelled
     */
    public <T> Task<T> start(String childName, Task.Body<? extends T, ? extends X> body) {
        loop.requireHere("Group.start");
        if (left || cancelled) {
            throw new IllegalStateException("\"" + childName + "\" was started in " + this + ", which "
                    + (left ? "was left: all its children have ended" : "is being cancelled"));
        }
        Task<T> task = Task.create(childName, body, this::ended);
        running.add(task);
        loop.schedule(task.coroutine());
        return task;
    }

    /** Suspends the body until all children that it started so far, and theirs, have ended. */
    @CoroutineFn
    public void join() {
        if (Coroutine.self() != owner) {
            throw new IllegalStateException(Coroutine.self() + " joins " + this + ", which is for " + owner
                    + " alone; wait for one task");
        }
        if (running.isEmpty()) return;
        empty = new Completion<>(this);
        empty.join();
    }

    private void ended(Task<?> task) {
        running.remove(task);
        if (task.future().state() == State.FAILED) {
            failures.add(task.future().exceptionNow());
            loop.execute(this::cancel); // Not here, in a child: from outside of any coroutine.
        }
        if (running.isEmpty() && empty != null) empty.tryComplete(null);
    }

    /** Cancels the children that have not ended. */
    private void cancel() {
        cancelled = true;
        for (Task<?> task : List.copyOf(running)) {
            try {
                task.coroutine().cancel();
            } catch (RuntimeException | Error e) { // It swallowed the cancellation, and is waited for.
                loop.uncaught(task.coroutine(), e);
            }
        }
    }

    /** Waits until no child is left, and throws what {@code thrown} by the body or the children matters. */
    @CoroutineFn
    private void leave(Throwable thrown) throws X {
        // What failed first; a body that waited for a child only passes on that child's failure.
        boolean bodyFailed = thrown != null && failures.isEmpty();
        if (thrown != null) cancel();
        if (!running.isEmpty()) {
            empty = new Completion<>(this);
            empty.joinUninterruptibly();
        }
        left = true;
        Throwable first = bodyFailed || failures.isEmpty() ? thrown : failures.getFirst();
        if (first == null) return;
        for (Throwable each : failures) {
            if (each != first) first.addSuppressed(each);
        }
        if (!bodyFailed && thrown != null && !isEcho(thrown)) first.addSuppressed(thrown);
        throw Group.<X>unchecked(first);
    }

    /** True of what {@link Task#join} throws of a child that failed, or was cancelled for another's sake. */
    private boolean isEcho(Throwable thrown) {
        return thrown instanceof CancellationException || failures.contains(thrown)
                || thrown instanceof CompletionException && failures.contains(thrown.getCause());
    }

    @SuppressWarnings("unchecked")
    private static <X extends Exception> X unchecked(Throwable thrown) {
        if (thrown instanceof Error error) throw error;
        return (X) thrown; // The body and the children declare no other checked exception.
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "group \"" + name + "\" (" + running.size() + " running)";
    }
}
