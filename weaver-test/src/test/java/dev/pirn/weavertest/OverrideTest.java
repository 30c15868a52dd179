package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.weaver.Weaver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A method that is overridden by a class that nobody wove is run as it is. */
class OverrideTest {
    private static final String BASE = """
            package t;
            import dev.pirn.*;
            public class Base implements Named {
                @CoroutineFn public String who(int n) { Coroutine.yield(); return "base" + n; }
                @CoroutineFn String near(int n) { Coroutine.yield(); return "near" + n; }
                @CoroutineFn public String viaNear(int n) { return near(n); }
            }
            """;

    private static final String NAMED = """
            package t;
            import dev.pirn.*;
            public interface Named {
                @CoroutineFn default String name(String s) { Coroutine.yield(); return "named " + s; }
            }
            """;

    private static final String WOVEN = """
            package t;
            import dev.pirn.*;
            public class Woven extends Base {
                @Override @CoroutineFn public String who(int n) { Coroutine.yield();
                        return "woven " + super.who(n); }
            }
            """;

    private static final String CASE = """
            package t;
            import dev.pirn.*;
            public class Case {
                public static Base[] all;
                @CoroutineFn static Object run() {
                    String text = "";
                    for (Base each : all) text += each.who(1) + ", " + each.name("x") + ", "
                            + each.viaNear(2) + "; ";
                    return text;
                }
            }
            """;

    /** What each object says, those of {@code unwoven} classes among woven ones. */
    private static String run(Map<String, String> unwoven, List<String> objects,
            boolean otherLoader) throws Exception {
        var sources = new TreeMap<>(Map.of("Base", BASE, "Named", NAMED, "Woven", WOVEN, "Case", CASE));
        sources.putAll(unwoven);
        Program program = Program.ofSources(sources);
        var names = program.plain.keySet().stream()
                .filter(each -> !unwoven.containsKey(each.substring(each.indexOf('/') + 1))).toList();
        Weaver.Result result = Weaver.weave(names, program::find, new Weaver.Options(false));
        assertEquals(List.of(), result.messages());
        var woven = new HashMap<>(program.plain);
        woven.putAll(result.classes());
        var apart = new HashMap<String, byte[]>();
        if (otherLoader) unwoven.keySet().forEach(each -> apart.put("t/" + each, woven.remove("t/" + each)));
        var loader = new Program.Loader(woven);
        var outer = new Program.Loader(loader, apart);
        Object all = java.lang.reflect.Array.newInstance(loader.loadClass("t.Base"), objects.size());
        for (int i = 0; i < objects.size(); i++) {
            Object each = outer.loadClass("t." + objects.get(i)).getConstructor().newInstance();
            java.lang.reflect.Array.set(all, i, each);
        }
        loader.loadClass("t.Case").getField("all").set(null, all);
        return Program.run(loader, Backend.PURE);
    }

    @Test
    void wovenClassesRunTheirTwins() throws Exception {
        String text = run(Map.of(), List.of("Base", "Woven", "Base", "Woven"), false);
        assertEquals(14, text.chars().filter(each -> each == '|').count() - 1, text);
        assertTrue(text.contains("base1, named x, near2; woven base1, named x, near2; base1,"), text);
    }

    @Test
    void anUnwovenSubclassRunsItsOwn() throws Exception {
        String text = run(Map.of("Plain", """
                package t;
                public class Plain extends Woven {
                    @Override public String who(int n) { return "plain" + n; }
                    @Override String near(int n) { return "plain near" + n; }
                    @Override public String name(String s) { return "plain " + s; }
                }
                """), List.of("Base", "Plain", "Woven", "Plain"), false);
        assertTrue(text.contains("base1, named x, near2; plain1, plain x, plain near2; woven base1,"), text);
    }

    @Test
    void anUnwovenSubclassThatOverridesNothingIsSuspendedAsUsual() throws Exception {
        String text = run(Map.of("Plain", "package t; public class Plain extends Woven { }"),
                List.of("Plain", "Base"), true);
        assertTrue(text.contains("woven base1, named x, near2; base1"), text);
        assertEquals(7, text.chars().filter(each -> each == '|').count() - 1, text);
    }

    @Test
    void aSubclassOfAnotherLoaderDoesNotOverrideWhatItsPackageCannotSee() throws Exception {
        String text = run(Map.of("Plain", """
                package t;
                public class Plain extends Base {
                    String near(int n) { return "never"; }
                    @Override public String who(int n) { return "plain " + n; }
                }
                """), List.of("Plain"), true);
        assertTrue(text.contains("plain 1, named x, near2;"), text);
    }

    @Test
    void anUnwovenInterfaceOverridesTheDefault() throws Exception {
        String text = run(Map.of(
                "Louder", "package t; public interface Louder extends Named {"
                        + " default String name(String s) { return \"loud \" + s; } }",
                "Plain", "package t; public class Plain extends Base implements Louder { }"),
                List.of("Plain", "Base"), false);
        assertTrue(text.contains("base1, loud x, near2; base1, named x"), text);
    }

    @Test
    void aMethodInheritedFromAnUnrelatedClassOverridesTheDefault() throws Exception {
        String text = run(Map.of(
                "Sub", "package t; public class Sub extends Woven {"
                        + " public String name(String s) { return \"sub\" + s; } }",
                "Plain", "package t; public class Plain extends Sub implements Named { }"),
                List.of("Plain", "Woven"), true);
        assertTrue(text.contains("woven base1, subx, near2; woven base1, named x"), text);
    }
}
