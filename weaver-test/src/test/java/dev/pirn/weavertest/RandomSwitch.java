package dev.pirn.weavertest;

/** Makes switches: over integers and texts that fall through, and over types. */
final class RandomSwitch {
    private final RandomStatements statements;
    private final RandomChoice choice;
    private final StringBuilder out;

    RandomSwitch(RandomStatements statements, RandomChoice choice, StringBuilder out) {
        this.statements = statements;
        this.choice = choice;
        this.out = out;
    }

    /** True if it can end normally. */
    boolean add(RandomScope scope, boolean mayEnd) {
        if (choice.oneIn(3)) return types(scope);
        boolean isText = choice.oneIn(3);
        out.append("switch (").append(isText ? "text(" + value(RandomType.OBJECT, scope) + ")"
                : "(" + value(RandomType.INT, scope) + ") & 7").append(") {\n");
        var target = new RandomScope.Target(null, false);
        int groups = 1 + choice.below(3);
        boolean goesOn = true;
        for (int i = 0; i < groups; i++) {
            out.append("case ").append(isText ? "\"s" + i + "\", \"" + i + "\"" : sparse(i)).append(":\n");
            goesOn = group(scope, target, true);
        }
        if (choice.oneIn(2)) return close();
        out.append("default:\n");
        goesOn = group(scope, target, mayEnd);
        out.append("}\n");
        return goesOn || target.left;
    }

    private boolean close() {
        out.append("}\n");
        return true;
    }

    private static String sparse(int i) {
        return "" + i * 2 + ", " + (1000 * i + 1001);
    }

    private boolean group(RandomScope outer, RandomScope.Target target, boolean mayEnd) {
        out.append("{\n");
        RandomScope scope = outer.inner();
        scope.targets.add(target);
        boolean goesOn = statements.group(scope, mayEnd);
        out.append("}\n");
        if (goesOn && choice.oneIn(2)) {
            target.left = true;
            out.append("break;\n");
            return false;
        }
        return goesOn;
    }

    private boolean types(RandomScope outer) {
        out.append("switch (").append(value(RandomType.OBJECT, outer)).append(") {\n");
        if (choice.oneIn(2)) out.append("case null -> log(\"null\");\n");
        RandomScope scope = outer.closed(); // A jump could mean the switch, or not.
        scope.returned = outer.returned;
        RandomScope ofGuard = scope.inner();
        ofGuard.variables.removeIf(each -> !each.isFinal());
        type(scope, RandomType.INTEGER, " when fuel() && "
                + (scope.suspends ? statements.expressions.call(RandomType.BOOLEAN, ofGuard, 0) : "si < 3"));
        type(scope, RandomType.STRING, "");
        if (choice.oneIn(2)) type(scope, RandomType.BOX, "");
        out.append("default -> log(\"other\");\n");
        return close();
    }

    private void type(RandomScope outer, RandomType type, String guard) {
        RandomScope scope = outer.inner();
        String name = choice.name("t");
        scope.add(name, type, true);
        out.append("case ").append(type.text).append(' ').append(name).append(guard).append(" -> {\n");
        statements.group(scope, true);
        out.append("}\n");
    }

    private String value(RandomType type, RandomScope scope) {
        return statements.expressions.of(type, scope, 1 + choice.below(2));
    }
}
