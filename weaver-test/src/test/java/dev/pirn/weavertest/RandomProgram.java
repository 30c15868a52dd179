package dev.pirn.weavertest;

import java.util.ArrayList;
import java.util.List;

/**
 * A program made from a seed: a class {@code P…}, whose functions call each other and are suspended anywhere,
 * until they have used up their fuel.
 */
final class RandomProgram {
    private static final String HEAD = """
            package t;
            import dev.pirn.*;
            import static t.Rt.*;
            public class NAME implements CoroutineEntry {
                static final Object LOCK = new Object();
                static final Box BOX = new Box("box", 7L, 8);
                static final A X = new A();
                static final B Y = new B();
                static int si = 1;
                static long sl = 2;
                static String ss = "s";
            """;

    private final RandomChoice choice;
    private final List<RandomFunction> functions = new ArrayList<>();
    private final StringBuilder out = new StringBuilder();
    private final String name;
    private final int size;

    private RandomProgram(long seed) {
        choice = new RandomChoice(seed);
        name = name(seed);
        size = choice.oneIn(20) ? 6 : 1 + choice.below(3); // Small ones fail in fewer lines, and fast.
    }

    static String name(long seed) {
        return "P" + Long.toUnsignedString(seed);
    }

    static String source(long seed) {
        return new RandomProgram(seed).text();
    }

    private String text() {
        int count = 1 + choice.below(1 + size);
        for (int i = 0; i < count; i++) {
            functions.add(function(choice.of(RandomFunction.Kind.values()), choice.of(RandomType.values())));
        }
        out.append(HEAD.replace("NAME", name));
        of(RandomFunction.Kind.STATIC, "@CoroutineFn static ");
        out.append("@Override @CoroutineFn public void run() throws Exception ");
        RandomType result = choice.of(RandomType.values());
        String body = body(new RandomFunction("run", RandomFunction.Kind.STATIC, result, List.of()), false);
        out.append("{ log(main()); }\n@CoroutineFn static ").append(result.text)
                .append(" main() throws Exception ").append(body);
        out.append("interface I {\n");
        for (RandomFunction each : all(RandomFunction.Kind.ABSTRACT)) {
            out.append("@CoroutineFn ").append(each.head()).append(";\n");
        }
        of(RandomFunction.Kind.DEFAULT, "@CoroutineFn default ");
        out.append("}\nstatic class A implements I {\n");
        of(RandomFunction.Kind.PRIVATE, "@CoroutineFn private ");
        of(RandomFunction.Kind.INHERITED, "@CoroutineFn ");
        of(RandomFunction.Kind.ABSTRACT, "@Override @CoroutineFn public ");
        out.append("}\nstatic class B extends A {\n");
        for (RandomFunction each : functions) overriding(each);
        return out.append("}\n}\n").toString();
    }

    private RandomFunction function(RandomFunction.Kind kind, RandomType result) {
        var parameters = new ArrayList<RandomType>();
        for (int i = choice.below(4); i > 0; i--) parameters.add(choice.of(RandomType.values()));
        return new RandomFunction(choice.name("m"), kind, result, parameters);
    }

    private List<RandomFunction> all(RandomFunction.Kind kind) {
        return functions.stream().filter(each -> each.kind() == kind).toList();
    }

    private void of(RandomFunction.Kind kind, String modifiers) {
        boolean inA = kind != RandomFunction.Kind.STATIC && kind != RandomFunction.Kind.DEFAULT;
        for (RandomFunction each : all(kind)) {
            out.append(modifiers).append(each.head()).append(' ').append(body(each, inA));
        }
    }

    private String body(RandomFunction function, boolean isInstance) {
        RandomScope scope = RandomScope.ofBody(function.result(), isInstance);
        for (int i = 0; i < function.parameters().size(); i++) {
            scope.add("p" + i, function.parameters().get(i), false);
        }
        return new RandomStatements(choice, functions, size).body(scope);
    }

    /**
     * Some functions are another thing in the subclass: with a mark of their own or only an inherited one.
     */
    private void overriding(RandomFunction each) {
        boolean isInherited = each.kind() == RandomFunction.Kind.INHERITED;
        if (each.isStatic() || each.kind() == RandomFunction.Kind.PRIVATE || choice.oneIn(2)) return;
        out.append(choice.of("@Override @CoroutineFn ", "@Override ")).append(isInherited ? "" : "public ")
                .append(each.head()).append(' ');
        if (choice.oneIn(2)) {
            out.append(body(each, false));
            return;
        }
        var arguments = new ArrayList<String>();
        for (int i = 0; i < each.parameters().size(); i++) arguments.add("p" + i);
        out.append("{ pause(); log(\"super\"); return super.").append(each.name()).append("(")
                .append(String.join(", ", arguments)).append("); }\n");
    }
}
