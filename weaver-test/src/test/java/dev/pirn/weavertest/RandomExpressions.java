package dev.pirn.weavertest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Makes expressions of a type: of any depth, and with calls of coroutine functions anywhere in them. */
final class RandomExpressions {
    private static final int SWITCHES_MAX = 3; // A switch holds statements, and those hold expressions.

    private final RandomChoice choice;
    private final List<RandomFunction> functions;
    private final RandomArms arms;
    private int switches;

    RandomExpressions(RandomChoice choice, List<RandomFunction> functions, RandomArms arms) {
        this.choice = choice;
        this.functions = functions;
        this.arms = arms;
    }

    /** What makes the statements of a switch in an expression. */
    interface RandomArms {
        String block(RandomScope scope, RandomType result);
    }

    String of(RandomType type, RandomScope scope, int depth) {
        if (depth <= 0) return leaf(type, scope);
        if (scope.suspends && choice.oneIn(3)) return call(type, scope, depth - 1);
        if (choice.oneIn(8)) return leaf(type, scope);
        if (choice.oneIn(9)) return either(type, scope, depth - 1);
        if (scope.suspends && choice.oneIn(24) && switches < SWITCHES_MAX) return chosen(type, scope,
                depth - 1);
        if (choice.oneIn(10)) return assigned(type, scope, depth - 1);
        return switch (type) {
            case BOOLEAN -> condition(scope, depth - 1);
            case BYTE, SHORT, CHAR, INT, LONG, FLOAT, DOUBLE -> number(type, scope, depth - 1);
            default -> reference(type, scope, depth - 1);
        };
    }

    private String leaf(RandomType type, RandomScope scope) {
        var candidates = scope.variables.stream().filter(each -> each.type() == type).toList();
        if (!candidates.isEmpty() && !choice.oneIn(4)) return choice.of(candidates).name();
        int small = choice.below(8);
        return switch (type) {
            case BOOLEAN -> choice.of("true", "false");
            case BYTE -> "(byte) " + small;
            case SHORT -> "(short) " + (small + 300);
            case CHAR -> "'" + (char) ('a' + small) + "'";
            case INT -> choice.of("si", "" + small, "" + (small << 20));
            case LONG -> choice.of("sl", small + "L", "0x1234_5678_9AB" + small + "L");
            case FLOAT -> small + ".5f";
            case DOUBLE -> small + ".25";
            case STRING -> choice.of("ss", "\"s" + small + "\"", "\"\"");
            case INTEGER -> choice.of("(Integer) " + small, "(Integer) null");
            case OBJECT -> choice.of("(Object) null", "(Object) \"o" + small + "\"", "(Object) " + small);
            case BOX -> choice.of("new Box(null, " + small + ", 1)", "BOX", "(Box) null");
            case INTS -> choice.of("new int[] {1, 2, " + small + "}", "new int[3]");
            case LONGS -> choice.of("new long[] {1, " + small + "}", "new long[4]");
            case OBJECTS -> choice.of("new Object[] {\"e\", 2, null}", "new Object[3]");
        };
    }

    String call(RandomType type, RandomScope scope, int depth) {
        var fitting = new ArrayList<Supplier<String>>();
        for (RandomFunction each : functions) {
            if (each.result() == type) fitting.add(() -> call(each, scope, depth));
        }
        if (type == RandomType.INT) {
            for (String each : scope.lambdas) fitting.add(() -> each + ".call(" + lambdaArguments(scope,
                    depth));
            fitting.add(() -> "BOX.with(" + of(RandomType.INT, scope, depth) + ").c()");
        }
        if (type == RandomType.BOX) fitting.add(() -> "BOX.with(" + of(RandomType.INT, scope, depth) + ")");
        if (!fitting.isEmpty() && !choice.oneIn(3)) return choice.of(fitting).get();
        String pausing = switch (type) {
            case BOOLEAN -> "yz";
            case BYTE -> "yb";
            case SHORT -> "ys";
            case CHAR -> "yc";
            case INT -> "yi";
            case LONG -> "yl";
            case FLOAT -> "yf";
            case DOUBLE -> "yd";
            default -> "yo";
        };
        String text = pausing + "(" + of(type, scope, depth) + ")";
        // Generic calls in each other's arguments cost javac more than all else does.
        return type.isPrimitive() ? text : "((" + type.text + ") " + text + ")";
    }

    private String lambdaArguments(RandomScope scope, int depth) {
        return of(RandomType.INT, scope, depth) + ", " + of(RandomType.OBJECT, scope, depth) + ")";
    }

    private String call(RandomFunction function, RandomScope scope, int depth) {
        var arguments = new ArrayList<String>();
        for (RandomType each : function.parameters()) arguments.add(of(each, scope, depth));
        return receiver(function, scope) + function.name() + "(" + String.join(", ", arguments) + ")";
    }

    private String receiver(RandomFunction function, RandomScope scope) {
        if (function.isStatic()) return "";
        if (scope.isInstance && choice.oneIn(3)) return choice.of("", "this.");
        if (function.kind() == RandomFunction.Kind.PRIVATE) return choice.of("X.", "yo(X).");
        if (function.kind() == RandomFunction.Kind.INHERITED) {
            return choice.of("X.", "Y.", "yo(Y).", "(yz(si > 2) ? X : Y).");
        }
        return choice.of("X.", "Y.", "((I) X).", "((I) Y).", "yo((I) Y).", "((si & 1) == 0 ? X : Y).");
    }

    private String either(RandomType type, RandomScope scope, int depth) {
        return "((" + type.text + ") (" + of(RandomType.BOOLEAN, scope, depth) + " ? " + of(type, scope,
                depth)
                + " : " + of(type, scope, depth) + "))";
    }

    private String chosen(RandomType type, RandomScope scope, int depth) {
        switches++;
        String head = choice.of("(" + of(RandomType.INT, scope, depth) + ") & 3",
                "text(" + of(RandomType.OBJECT, scope, depth) + ")");
        String first = head.startsWith("text") ? "case \"1\", \"s2\"" : "case 0, 2";
        String other = choice.oneIn(2) ? "default -> " + of(type, scope, depth) + ";"
                : "default -> {\n" + arms.block(scope.closed(), type) + "}";
        String text = "((" + type.text + ") switch (" + head + ") {\n" + first + " -> " + of(type, scope,
                depth)
                + ";\n" + other + "\n})";
        switches--;
        return text;
    }

    private String assigned(RandomType type, RandomScope scope, int depth) {
        var mutable = scope.variables.stream().filter(each -> each.type() == type
                && !each.isFinal()).toList();
        if (mutable.isEmpty()) return leaf(type, scope);
        String name = choice.of(mutable).name();
        if (type.isNumber() && choice.oneIn(2)) {
            if (choice.oneIn(2)) return "(" + choice.of(name + "++", "--" + name) + ")";
            return "(" + name + choice.of(" += ", " -= ") + of(choice.of(type, RandomType.INT), scope,
                    depth) + ")";
        }
        return "(" + name + " = " + of(type, scope, depth) + ")";
    }

    private String condition(RandomScope scope, int depth) {
        if (choice.oneIn(3)) {
            return "(" + of(RandomType.BOOLEAN, scope, depth) + choice.of(" && ", " || ", " ^ ", " == ")
                    + of(RandomType.BOOLEAN, scope, depth) + ")";
        }
        if (choice.oneIn(4)) return "(!" + of(RandomType.BOOLEAN, scope, depth) + ")";
        if (choice.oneIn(4)) {
            return "(" + of(RandomType.OBJECT, scope, depth) + " instanceof Integer " + choice.name("n")
                    + " && si < 100)";
        }
        if (choice.oneIn(4)) return "(" + of(RandomType.BOX, scope, depth) + " == null)";
        RandomType type = choice.of(RandomType.INT, RandomType.LONG, RandomType.DOUBLE, RandomType.CHAR);
        return "(" + of(type, scope, depth) + choice.of(" < ", " >= ", " == ", " != ") + of(type, scope,
                depth)
                + ")";
    }

    private String number(RandomType type, RandomScope scope, int depth) {
        if (choice.oneIn(5) && (type == RandomType.INT || type == RandomType.LONG)) {
            return element(type == RandomType.INT ? RandomType.INTS : RandomType.LONGS, scope, depth);
        }
        if (type == RandomType.INT && choice.oneIn(6)) {
            return choice.of("((int) " + of(RandomType.INTEGER, scope, depth) + ")",
                    "(" + of(RandomType.BOX, scope, depth) + ").c",
                    "(" + of(RandomType.STRING, scope, depth) + ").length()");
        }
        RandomType left = choice.oneIn(3) ? choice.of(RandomType.BYTE, RandomType.SHORT, RandomType.CHAR,
                RandomType.INT, RandomType.LONG, RandomType.FLOAT, RandomType.DOUBLE) : type;
        return "((" + type.text + ") (" + of(left, scope, depth) + choice.of(" + ", " - ", " * ", " / ",
                " % ")
                + of(type, scope, depth) + "))";
    }

    /** An array's element, which may be beyond its end now and then. */
    String element(RandomType array, RandomScope scope, int depth) {
        return "(" + of(array, scope, depth) + ")[(" + of(RandomType.INT, scope, depth) + ") & "
                + choice.of("1", "1", "1", "3") + "]";
    }

    private String reference(RandomType type, RandomScope scope, int depth) {
        return switch (type) {
            case STRING -> "text(" + of(RandomType.STRING, scope, depth) + " + "
                    + shown(choice.of(RandomType.values()), scope, depth) + ")";
            case INTEGER -> "((Integer) " + of(RandomType.INT, scope, depth) + ")";
            case OBJECT -> choice.oneIn(3) ? element(RandomType.OBJECTS, scope, depth)
                    : "((Object) " + of(choice.of(RandomType.values()), scope, depth) + ")";
            case BOX -> choice.oneIn(6) ? "((Box) " + of(RandomType.OBJECT, scope, depth) + ")"
                    : "new Box(" + of(RandomType.OBJECT, scope, depth) + ", "
                    + of(RandomType.LONG, scope, depth) + ", " + of(RandomType.INT, scope, depth) + ")";
            default -> array(type, scope, depth);
        };
    }

    /** Not an array itself, whose text is where it lies. */
    private String shown(RandomType type, RandomScope scope, int depth) {
        String text = of(type, scope, depth);
        return type.isPrimitive() || type == RandomType.STRING ? text : "text(" + text + ")";
    }

    private String array(RandomType type, RandomScope scope, int depth) {
        String element = type.element().text;
        if (choice.oneIn(4)) return "new " + element + "[(" + of(RandomType.INT, scope, depth) + " & 1) + 1]";
        return "new " + element + "[] {" + of(type.element(), scope, depth) + ", "
                + of(type.element(), scope, depth) + "}";
    }
}
