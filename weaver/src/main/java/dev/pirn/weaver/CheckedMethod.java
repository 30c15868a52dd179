package dev.pirn.weaver;

import dev.pirn.weaver.Marks.Mark;
import java.util.ArrayList;
import java.util.List;

/** A method whose calls are checked. */
final class CheckedMethod {
    final MethodRef ref;
    final String file;
    final int line;
    final List<Call> calls = new ArrayList<>();
    /** Of a lambda's body, that of the interface method that it implements. */
    Mark mark;
    /** The interface method as which a lambda's body is handed over; null of what is no lambda. */
    MethodRef as;
    /** The method in which a lambda stands; null of what is no lambda. */
    CheckedMethod around;
    private final boolean mayBlock;

    CheckedMethod(MethodRef ref, String file, int line, Mark mark, boolean mayBlock) {
        this.ref = ref;
        this.file = file;
        this.line = line;
        this.mark = mark;
        this.mayBlock = mayBlock;
    }

    /** True if somebody knows that it blocks: says so of it, or of the method that its lambda stands in. */
    boolean mayBlock() {
        return mayBlock || around != null && around.mayBlock();
    }

    /** True if it runs in coroutines alone. */
    boolean isCoroutine() {
        return mark == Mark.COROUTINE;
    }

    boolean isUnmarked() {
        return mark == Mark.NONE;
    }

    /** A constructor or an initialiser, which can be neither marked nor woven. */
    boolean isInitialiser() {
        return ref.name().startsWith("<");
    }

    /** Names it as the subject of a sentence. */
    @Override
    public String toString() {
        if (ref.isConstructor()) return "the constructor of " + ref.className();
        if (isInitialiser()) return "the static initialiser of " + ref.className();
        if (around == null) return ref.toString();
        CheckedMethod method = around;
        while (method.around != null) method = method.around;
        return "the lambda in " + method;
    }
}
