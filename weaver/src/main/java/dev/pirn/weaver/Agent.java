package dev.pirn.weaver;

import java.lang.instrument.Instrumentation;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Weaves classes when they are loaded, and opens to core what its faster backends need of the JDK: one flag,
 * {@code -javaagent:pirn-weaver.jar}, for IDEs and for trying things out.
 * <pre>
 *   a class is loaded ──▶ LoadedClasses: is it one to weave? ──▶ Weaver ──▶ the woven class
 *                           │                                     ├─▶ its frames: Definer, at once
 *                           └─ of core? ─▶ packages opened        └─▶ its lambdas: LazyLambdas, at first use
 * </pre>
 * What was woven in a build is left alone.
 */
final class Agent {
    private Agent() { }

    /** Called by the JVM before the program's {@code main}. */
    public static void premain(String ignored, Instrumentation jvm) throws ReflectiveOperationException {
        start(jvm);
    }

    /** Called by the JVM in a program that runs already: classes that it has loaded stay as they are. */
    public static void agentmain(String ignored, Instrumentation jvm) throws ReflectiveOperationException {
        start(jvm);
    }

    private static void start(Instrumentation jvm) throws ReflectiveOperationException {
        var loaded = new HashSet<String>();
        for (Class<?> each : jvm.getAllLoadedClasses()) {
            if (each.isHidden() || LoadedClasses.isOfJdk(each.getClassLoader())) continue;
            loaded.add(each.getName().replace('.', '/'));
            if (isOfCore(each.getName().replace('.', '/'))) open(jvm, each.getModule());
        }
        jvm.addTransformer(new LoadedClasses(jvm, new Definer(jvm), loaded));
    }

    static boolean isOfCore(String name) {
        return name.startsWith("dev/pirn/") && name.indexOf('/', "dev/pirn/".length()) < 0;
    }

    /** Opens to {@code core}, a module or the class path of a loader, what it asks for by flags otherwise. */
    static void open(Instrumentation jvm, Module core) {
        Set<Module> to = Set.of(core);
        jvm.redefineModule(Object.class.getModule(), Set.of(),
                Map.of("jdk.internal.vm", to, "jdk.internal.access", to), Map.of("jdk.internal.vm", to),
                Set.of(), Map.of());
    }
}
