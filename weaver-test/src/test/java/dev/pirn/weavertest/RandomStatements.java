package dev.pirn.weavertest;

import java.util.List;

/**
 * Makes statements, of which every one can be reached, as javac wants it: what makes one says whether it can
 * end normally, and nothing follows one that cannot.
 */
final class RandomStatements {
    private static final int DEPTH_MAX = 3;
    private static final List<String> CAUGHT = List.of("Fault", "ArithmeticException | NullPointerException",
            "IllegalStateException", "RuntimeException", "Exception", "Throwable");

    final RandomExpressions expressions;
    private final RandomChoice choice;
    private final int size;
    private final StringBuilder out = new StringBuilder();
    private int depth;

    RandomStatements(RandomChoice choice, List<RandomFunction> functions, int size) {
        this.choice = choice;
        this.size = size;
        expressions = new RandomExpressions(choice, functions, this::arm);
    }

    /** A body with its braces; every path returns. */
    String body(RandomScope scope) {
        return part(() -> {
            out.append("{\nif (!fuel()) return ").append(scope.returned.zero).append(";\n");
            if (statements(scope, size, true)) {
                out.append("return ").append(value(scope.returned, scope)).append(";\n");
            }
            out.append("}\n");
        });
    }

    private String arm(RandomScope scope, RandomType result) {
        scope.tries = false;
        return part(() -> {
            if (statements(scope, 2, true)) {
                // Not at once: javac takes "yield (…" for a call.
                String name = choice.name("y");
                out.append(result.text).append(' ').append(name).append(" = ")
                        .append(expressions.of(result, scope, 1)).append(";\nyield ").append(name)
                                .append(";\n");
            }
        });
    }

    /** The text that {@code made} adds, which is taken away again. */
    private String part(Runnable made) {
        int start = out.length();
        made.run();
        String text = out.substring(start);
        out.setLength(start);
        return text;
    }

    private String value(RandomType type, RandomScope scope) {
        return expressions.of(type, scope, 1 + choice.below(3));
    }

    /** Adds to {@code scope}; {@code mayEnd} if the last may be one that cannot end normally. */
    private boolean statements(RandomScope scope, int most, boolean mayEnd) {
        int count = 1 + choice.below(most);
        depth++;
        boolean goesOn = true;
        for (int i = 0; i < count && goesOn; i++) goesOn = statement(scope, mayEnd);
        depth--;
        return goesOn;
    }

    private boolean block(RandomScope scope, boolean mayEnd) {
        out.append("{\n");
        boolean goesOn = statements(scope.inner(), Math.max(1, size / 2), mayEnd);
        out.append("}\n");
        return goesOn;
    }

    private boolean statement(RandomScope scope, boolean mayEnd) {
        if (depth <= DEPTH_MAX) {
            switch (choice.below(20)) {
                case 0, 1 -> { return conditional(scope, mayEnd); }
                case 2, 3 -> { return loop(scope); }
                case 4 -> { return new RandomSwitch(this, choice, out).add(scope, mayEnd); }
                case 5, 6, 7 -> {
                    if (scope.tries) return attempt(scope, mayEnd);
                }
                case 8 -> { return lambda(scope); }
                case 9 -> {
                    if (scope.tries) return synchronised(scope);
                }
                default -> { }
            }
        }
        if (mayEnd && choice.oneIn(12)) return !jump(scope);
        simple(scope);
        return true;
    }

    private void simple(RandomScope scope) {
        RandomType type = choice.of(RandomType.values());
        switch (choice.below(9)) {
            case 0, 1, 2 -> declaration(type, scope);
            case 3 -> out.append("log(").append(value(type, scope)).append(");\n");
            case 4 -> out.append(scope.suspends ? choice.of("Coroutine.yield();\n", "pause();\n")
                    : "ticks++;\n");
            case 5 -> field(scope);
            case 6 -> element(scope);
            default -> assignment(scope);
        }
    }

    private void declaration(RandomType type, RandomScope scope) {
        String name = choice.name("v");
        boolean isFinal = choice.oneIn(4);
        out.append(isFinal ? "final " : "").append(type.text).append(' ').append(name);
        if (choice.oneIn(5)) { // Assigned on each of two paths: no value at the start.
            out.append(";\nif (").append(value(RandomType.BOOLEAN, scope)).append(") ").append(name)
                    .append(" = ")
                    .append(value(type, scope)).append("; else ").append(name);
        }
        out.append(" = ").append(value(type, scope)).append(";\n");
        scope.add(name, type, isFinal);
    }

    private void field(RandomScope scope) {
        switch (choice.below(3)) {
            case 0 -> out.append("si += ").append(value(RandomType.INT, scope)).append(";\n");
            case 1 -> out.append("sl ^= ").append(value(RandomType.LONG, scope)).append(";\n");
            default -> out.append("ss = text(ss + ").append(value(RandomType.STRING, scope)).append(");\n");
        }
    }

    private void element(RandomScope scope) {
        RandomType array = choice.of(RandomType.INTS, RandomType.LONGS, RandomType.OBJECTS);
        out.append(expressions.element(array, scope, 2)).append(array == RandomType.OBJECTS ? " = " : " += ")
                .append(value(array.element(), scope)).append(";\n");
    }

    private void assignment(RandomScope scope) {
        var mutable = scope.variables.stream().filter(each -> !each.isFinal()).toList();
        if (mutable.isEmpty()) {
            declaration(RandomType.INT, scope);
            return;
        }
        RandomScope.Variable target = choice.of(mutable);
        out.append(target.name()).append(" = ").append(value(target.type(), scope)).append(";\n");
    }

    private boolean conditional(RandomScope scope, boolean mayEnd) {
        out.append("if (").append(value(RandomType.BOOLEAN, scope)).append(") ");
        if (choice.oneIn(3) && jump(scope)) return true;
        boolean goesOn = block(scope, true);
        if (choice.oneIn(2)) return true;
        out.append("else ");
        return block(scope, mayEnd || goesOn) || goesOn;
    }

    /** Always ends abruptly: true, for callers to say so. */
    private boolean jump(RandomScope scope) {
        int way = choice.below(4);
        if (way < 2 && !scope.targets.isEmpty()) {
            RandomScope.Target target = choice.of(scope.targets);
            boolean isInnermost = target == scope.targets.getLast();
            boolean goesOn = target.isLoop && choice.oneIn(2);
            if (target.label != null || isInnermost) {
                if (!goesOn) target.left = true;
                out.append(goesOn ? "continue" : "break")
                        .append(target.label == null ? "" : " " + target.label).append(";\n");
                return true;
            }
        }
        if (way == 2 && scope.returned != null) {
            out.append("return ").append(value(scope.returned, scope)).append(";\n");
        } else if (choice.oneIn(3)) {
            out.append("throw new IllegalStateException(text(").append(value(RandomType.STRING, scope))
                    .append("));\n");
        } else {
            out.append("throw new Fault(").append(value(RandomType.OBJECT, scope)).append(");\n");
        }
        return true;
    }

    private boolean loop(RandomScope outer) {
        RandomScope scope = outer.inner();
        String label = choice.oneIn(2) ? choice.name("l") : null;
        if (label != null) out.append(label).append(": ");
        scope.targets.add(new RandomScope.Target(label, true));
        String i = choice.name("i");
        switch (choice.below(5)) {
            case 0 -> {
                out.append("while (fuel() && ").append(value(RandomType.BOOLEAN, scope)).append(") ");
                block(scope, true);
            }
            case 1 -> {
                out.append("do ");
                block(scope, false);
                out.append("while (fuel() && ").append(value(RandomType.BOOLEAN, scope)).append(");\n");
            }
            case 2 -> {
                out.append("while (true) {\nif (!fuel()) break;\n");
                statements(scope, size, true);
                out.append("}\n");
            }
            case 3 -> {
                RandomType array = choice.of(RandomType.INTS, RandomType.LONGS, RandomType.OBJECTS);
                out.append("for (").append(array.element().text).append(' ').append(i).append(" : ")
                        .append(value(array, scope)).append(") ");
                scope.add(i, array.element(), false);
                block(scope, true);
            }
            default -> {
                out.append("for (int ").append(i).append(" = ").append(choice.below(3)).append("; ").append(i)
                        .append(" < ").append(2 + choice.below(4)).append(" && fuel(); ").append(i)
                                .append("++) ");
                scope.add(i, RandomType.INT, false);
                block(scope, true);
            }
        }
        return true;
    }

    private boolean attempt(RandomScope scope, boolean mayEnd) {
        boolean isFinally = choice.oneIn(2);
        out.append("try ");
        RandomScope inner = scope.inner();
        boolean isResource = scope.suspends && choice.oneIn(4);
        if (isResource) {
            out.append("(var ").append(choice.name("r")).append(" = new Res(").append(value(RandomType.INT,
                    scope))
                    .append(" & 15)) ");
        }
        boolean goesOn = block(inner, mayEnd);
        int catches = isFinally || isResource ? choice.below(2) : 1 + choice.below(2);
        int kind = 0;
        for (int i = 0; i < catches && kind < CAUGHT.size(); i++) {
            kind += choice.below(CAUGHT.size() - kind);
            goesOn |= caught(scope, CAUGHT.get(kind++), mayEnd || goesOn);
        }
        if (isFinally) {
            out.append("finally ");
            block(scope, false);
        }
        return goesOn;
    }

    private boolean caught(RandomScope outer, String type, boolean mayEnd) {
        String name = choice.name("e");
        out.append("catch (").append(type).append(' ').append(name).append(") {\nlog(").append(name)
                .append(");\n");
        RandomScope scope = outer.inner();
        boolean goesOn = statements(scope, 3, mayEnd);
        if (goesOn && mayEnd && choice.oneIn(6)) {
            out.append("throw ").append(choice.oneIn(2) ? name : "new Fault(" + value(RandomType.OBJECT,
                    scope) + ", "
                    + name + ")").append(";\n");
            goesOn = false;
        }
        out.append(goesOn ? "log(" + name + ");\n}\n" : "}\n");
        return goesOn;
    }

    private boolean lambda(RandomScope scope) {
        String name = choice.name("f");
        String a = choice.name("a");
        String b = choice.name("b");
        out.append("final L ").append(name).append(" = (").append(a).append(", ").append(b).append(") -> ");
        RandomScope inner = scope.ofLambda(RandomType.INT);
        inner.suspends = true;
        inner.tries = true;
        inner.add(a, RandomType.INT, false);
        inner.add(b, RandomType.OBJECT, false);
        if (choice.oneIn(3)) {
            out.append(value(RandomType.INT, inner));
        } else {
            out.append(body(inner).strip());
        }
        out.append(";\n");
        scope.lambdas.add(name);
        return true;
    }

    /** Holds a monitor, and calls nothing that could suspend meanwhile. */
    private boolean synchronised(RandomScope scope) {
        out.append("synchronized (LOCK) ");
        RandomScope inner = scope.inner();
        inner.suspends = false;
        block(inner, false);
        return true;
    }

    /** For a switch's groups: its statements, and whether they can end normally. */
    boolean group(RandomScope scope, boolean mayEnd) {
        return statements(scope, 2, mayEnd);
    }
}
