package dev.pirn.weaver;

import dev.pirn.weaver.Weaver.Options;
import dev.pirn.weaver.Weaver.Result;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A few classes with something of everything, and as much of core as they need. */
final class EchoClasses {
    private static final String MARK = "package dev.pirn; public @interface CoroutineFn { }";
    private static final String YIELD = "package dev.pirn;"
            + " public class Coroutine { public boolean suspended;"
            + " @CoroutineFn public static void yield() { } public static void yield$co(Coroutine c) { } }";
    private static final String TASK = "package p;"
            + " public interface Task { @dev.pirn.CoroutineFn void run(); }";
    private static final String PIPE = """
            package p;
            public class Pipe {
                @dev.pirn.CoroutineFn public static void read() { dev.pirn.Coroutine.yield(); }
                @dev.pirn.CoroutineFn public void write() { dev.pirn.Coroutine.yield(); }
            }
            """;
    private static final String ECHO = """
            package p;
            import dev.pirn.CoroutineFn;
            @Deprecated
            public class Echo<T extends Number> extends Base implements Task {
                @CoroutineFn public void run() {
                    Pipe.read();
                    new Pipe().write();
                    Task first = () -> Pipe.read();
                    Task second = Pipe::read;
                    first.run();
                    class Local { @CoroutineFn void go() { Task t = new Pipe()::write; t.run(); } }
                    new Local().go();
                }
                record Inner(int a) { }
            }
            class Base { }
            interface Other { @CoroutineFn void run(); }
            abstract class Both implements Task, Other { }
            """;

    private EchoClasses() { }

    /** All of them, by internal name. */
    static Map<String, byte[]> all() {
        return with("p/Echo.java", ECHO);
    }

    /** {@code p.Task}, {@code p.Pipe}, and another. */
    static Map<String, byte[]> with(String file, String text) {
        return compile("p/Task.java", TASK, "p/Pipe.java", PIPE, file, text);
    }

    private static Map<String, byte[]> compile(String... files) {
        var texts = new HashMap<>(Map.of("dev/pirn/CoroutineFn.java", MARK, "dev/pirn/Coroutine.java", YIELD,
                "dev/pirn/Woven.java", "package dev.pirn; public interface Woven { }",
                "dev/pirn/WovenFrame.java", "package dev.pirn; public class WovenFrame { }"));
        for (int i = 0; i < files.length; i += 2) texts.put(files[i], files[i + 1]);
        return new TreeMap<>(Compiled.of(texts));
    }

    static Result weave(Collection<String> names, Map<String, byte[]> source) {
        return Weaver.weave(names, name -> {
            byte[] own = source.get(name);
            return own == null ? ClassFiles.inJdk(name) : own;
        }, new Options(false));
    }

    /** Those of package {@code p}. */
    static List<String> names(Map<String, byte[]> classes) {
        return classes.keySet().stream().filter(each -> each.startsWith("p/")).sorted().toList();
    }

    static String said(Result result) {
        return String.join("\n", result.messages().stream().map(Message::toString).toList());
    }
}
