package dev.pirn.weavertest;

import java.util.ArrayList;
import java.util.List;

/** What a place in a random program can name: variables, functions in them, and where it can jump. */
final class RandomScope {
    record Variable(String name, RandomType type, boolean isFinal) { }

    /** A loop or a switch around the place. */
    static final class Target {
        final String label; // Null if it has none.
        final boolean isLoop;
        boolean left; // By a break.

        Target(String label, boolean isLoop) {
            this.label = label;
            this.isLoop = isLoop;
        }
    }

    final List<Variable> variables = new ArrayList<>();
    final List<String> lambdas = new ArrayList<>();
    final List<Target> targets = new ArrayList<>(); // The innermost last.
    RandomType returned; // Null where none may return.
    boolean isInstance;
    /** False in an expression's switch: javac fails where its try stands in a "new X(…)". */
    boolean tries = true;
    boolean suspends = true; // False where no coroutine function may be called.

    private RandomScope() { }

    /** Of a function's body. */
    static RandomScope ofBody(RandomType returned, boolean isInstance) {
        var scope = new RandomScope();
        scope.returned = returned;
        scope.isInstance = isInstance;
        return scope;
    }

    /** Of a block in this one. */
    RandomScope inner() {
        var inner = ofBody(returned, isInstance);
        inner.variables.addAll(variables);
        inner.lambdas.addAll(lambdas);
        inner.targets.addAll(targets);
        inner.suspends = suspends;
        inner.tries = tries;
        return inner;
    }

    /** Of a block that may not be left by a jump, as in an expression's switch. */
    RandomScope closed() {
        RandomScope inner = inner();
        inner.targets.clear();
        inner.returned = null;
        return inner;
    }

    /** Of the body of a lambda. */
    RandomScope ofLambda(RandomType result) {
        RandomScope inner = closed();
        inner.variables.removeIf(each -> !each.isFinal());
        inner.returned = result;
        return inner;
    }

    void add(String name, RandomType type, boolean isFinal) {
        variables.add(new Variable(name, type, isFinal));
    }
}
