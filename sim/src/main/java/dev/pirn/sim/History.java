package dev.pirn.sim;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the coroutines of a run did to something that they share, each operation from its call to its return;
 * and whether it was as if each had been done at once, at one moment in between: whether the history is
 * <em>linearizable</em> (Herlihy and Wing 1990; found by Wing's and Gong's search, with Lowe's memory of
 * where it was).
 *
 * <pre>
 *   var history = new History();
 *   a.start("one", () -&gt; history.call("push 1", () -&gt; { stack.push(1); return null; }));
 *   b.start("two", () -&gt; history.call("pop", stack::pop));
 *   sim.run();
 *   history.check(new StackModel());
 * </pre>
 *
 * <p>For the loops of one {@link Sim}, of which one runs at a time. The search may take exponential time:
 * keep histories to some twenty operations, of which few overlap.
 */
public final class History {
    /**
     * What is shared, as it would be for one user alone.
     *
     * @param <S> its states: not to be changed, and with an equals
     */
    public interface Model<S> {
        /** Its state at first. */
        S start();

        /**
         * Returns the state after {@code operation} in {@code state}, or null if it could not have had that
         * outcome there.
         *
         * @param outcome what it returned or threw
         */
        S after(S state, Object operation, Outcome outcome);
    }

    /**
     * How an operation ended.
     *
     * @param value what it returned, if {@code thrown} is null
     */
    public record Outcome(Object value, Throwable thrown) {
        /** In words. */
        @Override
        public String toString() {
            return thrown == null ? String.valueOf(value) : thrown.getClass().getSimpleName();
        }
    }

    /** One operation; of time there is only the order of calls and returns. */
    private static final class Operation {
        final Object what;
        final String who;
        final int called;
        int returned = Integer.MAX_VALUE;
        Outcome outcome;

        Operation(Object what, String who, int called) {
            this.what = what;
            this.who = who;
            this.called = called;
        }
    }

    private final List<Operation> operations = new ArrayList<>();
    private int events;

    /** Makes an empty one. */
    public History() { }

    /**
     * Calls {@code body}, notes when, and how it ended. Suspends as the body does.
     *
     * @param operation what the model knows it by; its toString is for people
     * @return what the body returned
     * @throws X what it throws
     */
    @CoroutineFn
    public <T, X extends Exception> T call(Object operation, Task.Body<? extends T, X> body) throws X {
        var mine = new Operation(operation, who(), events++);
        operations.add(mine);
        try {
            T value = body.run();
            mine.outcome = new Outcome(value, null);
            return value;
        } catch (Throwable e) {
            mine.outcome = new Outcome(null, e);
            throw e;
        } finally {
            mine.returned = events++;
        }
    }

    private static String who() {
        Coroutine self = Coroutine.self();
        return self == null ? "nobody" : self.name() == null ? self.toString() : self.name();
    }

    /**
     * Returns if the history is one of {@code model}.
     *
     * @throws AssertionError if it is not; its message shows all of it, a column for each coroutine
     * @throws IllegalStateException if an operation has not ended
     */
    public <S> void check(Model<S> model) {
        for (Operation each : operations) {
            if (each.outcome == null) {
                throw new IllegalStateException(each.who + ": " + each.what + " has not ended; check when "
                        + "the run has");
            }
        }
        var search = new Search<>(model, operations);
        if (search.explains(new BitSet(), model.start())) return;
        throw new AssertionError("no order of these operations explains what they returned; at most the "
                + "first " + search.most + " of some order:\n" + this);
    }

    /** Looks for an order, from each place that it comes to once. */
    private static final class Search<S> {
        private record Place(BitSet done, Object state) { }

        private final Model<S> model;
        private final List<Operation> operations;
        private final Set<Place> seen = new HashSet<>();
        int most;

        Search(Model<S> model, List<Operation> operations) {
            this.model = model;
            this.operations = operations;
        }

        /** True if those that are not {@code done} have an order from {@code state} on. */
        boolean explains(BitSet done, S state) {
            most = Math.max(most, done.cardinality());
            if (done.cardinality() == operations.size()) return true;
            int firstReturn = Integer.MAX_VALUE;
            for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                firstReturn = Math.min(firstReturn, operations.get(i).returned);
            }
            for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
                Operation next = operations.get(i);
                if (next.called > firstReturn) break; // Another had ended before this began.
                S after = model.after(state, next.what, next.outcome);
                if (after == null) continue;
                var more = (BitSet) done.clone();
                more.set(i);
                if (seen.add(new Place(more, after)) && explains(more, after)) return true;
            }
            return false;
        }
    }

    /** All of it, from above to below, each coroutine in its column. */
    @Override
    public String toString() {
        List<String> columns = operations.stream().map(each -> each.who).distinct().toList();
        var lines = new String[events];
        int width = 4;
        for (Operation each : operations) {
            width = Math.max(width, Math.max(each.who.length(), each.what.toString().length()) + 2);
            width = Math.max(width, String.valueOf(each.outcome).length() + 5);
        }
        for (Operation each : operations) {
            String indent = " ".repeat(columns.indexOf(each.who) * width);
            lines[each.called] = indent + each.what;
            if (each.outcome != null) lines[each.returned] = indent + "└▶ " + each.outcome;
        }
        var text = new StringBuilder();
        for (String each : columns) text.append(each).append(" ".repeat(width - each.length()));
        text.append('\n');
        for (String each : lines) text.append(each).append('\n');
        return text.toString();
    }
}
