package dev.pirn.weavertest;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.weaver.Message;
import dev.pirn.weaver.Weaver;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A small program from its source: compiled, woven, loaded and run in this JVM. */
final class Program {
    private static final int ENTERS_MAX = 10_000;

    private static final String ENTRY = """
            package t;
            public class Entry implements dev.pirn.CoroutineEntry {
                @dev.pirn.CoroutineFn public void run() throws Exception {
                        dev.pirn.weavertest.Trace.log(Case.run()); }
            }
            """;

    private static final String CASE = """
            package t;
            import dev.pirn.*;
            import java.util.*;
            import java.util.function.*;
            import static dev.pirn.weavertest.Trace.log;
            public class Case {
                @CoroutineFn static boolean z(boolean v) { Coroutine.yield(); return v; }
                @CoroutineFn static byte b(byte v) { Coroutine.yield(); return v; }
                @CoroutineFn static short h(short v) { Coroutine.yield(); return v; }
                @CoroutineFn static char c(char v) { Coroutine.yield(); return v; }
                @CoroutineFn static int i(int v) { Coroutine.yield(); return v; }
                @CoroutineFn static long l(long v) { Coroutine.yield(); return v; }
                @CoroutineFn static float f(float v) { Coroutine.yield(); return v; }
                @CoroutineFn static double d(double v) { Coroutine.yield(); return v; }
                @CoroutineFn static <T> T o(T v) { Coroutine.yield(); return v; }
                @CoroutineFn static <T> T thrown(Exception e) throws Exception { Coroutine.yield(); throw e; }
            """;

    final Map<String, byte[]> plain; // By internal name.

    private Program(Map<String, byte[]> plain) {
        this.plain = plain;
    }

    /** A class {@code Case} of these members, which {@code static Object run()} is one of. */
    static Program of(String members) {
        return ofSources(Map.of("Case", CASE + members + "}\n"));
    }

    /** Of whole sources in package {@code t}, by the class's name. */
    static Program ofSources(Map<String, String> sources) {
        var all = new LinkedHashMap<>(sources);
        if (sources.containsKey("Case")) all.put("Entry", ENTRY);
        return new Program(compile(all, List.of("-g")));
    }

    static Map<String, byte[]> compile(Map<String, String> sources, List<String> options) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        var units = new ArrayList<JavaFileObject>();
        sources.forEach((name, text) -> units.add(new Source(name, text)));
        var made = new TreeMap<String, byte[]>();
        var files = new Memory(compiler.getStandardFileManager(problems, null, null), made);
        boolean fine = compiler.getTask(null, files, problems, options, null, units).call();
        if (!fine) throw new AssertionError(problems.getDiagnostics() + "\n" + sources);
        return made;
    }

    /** A program of given class files. */
    static Program ofClasses(Map<String, byte[]> classes) {
        return new Program(classes);
    }

    Weaver.Result weave() {
        return weave(false);
    }

    Weaver.Result weave(boolean hybrid) {
        return Weaver.weave(plain.keySet(), this::find, new Weaver.Options(hybrid));
    }

    /** What it says when it is woven. */
    List<Message> messages() {
        return weave().messages();
    }

    byte[] find(String name) {
        byte[] own = plain.get(name);
        if (own != null) return own;
        try (var in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
            return in == null ? null : in.readAllBytes();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    String runPlain() {
        return run(new Loader(plain), Backend.THREAD);
    }

    String runWoven() {
        Weaver.Result result = weave();
        if (!result.messages().isEmpty()) throw new AssertionError(result.messages().toString());
        return run(wovenLoader(result), Backend.PURE);
    }

    Loader wovenLoader(Weaver.Result result) {
        var classes = new HashMap<>(plain);
        classes.putAll(result.classes());
        return new Loader(classes);
    }

    /** What it logs; a bar for each time it comes back, and what it throws at the end. */
    static String run(ClassLoader loader, Backend backend) {
        Trace.take();
        try {
            var entry = (CoroutineEntry) loader.loadClass("t.Entry").getConstructor().newInstance();
            Coroutine coroutine = Coroutine.create(backend, "case", entry);
            for (int i = 0; i < ENTERS_MAX && coroutine.state() != Coroutine.State.DONE; i++) {
                coroutine.enter();
                Trace.log("|");
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        } catch (RuntimeException e) {
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            Trace.log("threw " + thrown.getClass().getSimpleName() + ": " + thrown.getMessage());
        }
        return Trace.take();
    }

    static final class Loader extends ClassLoader {
        private final Map<String, byte[]> classes;

        Loader(Map<String, byte[]> classes) {
            this(Program.class.getClassLoader(), classes);
        }

        Loader(ClassLoader parent, Map<String, byte[]> classes) {
            super(parent);
            this.classes = classes;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = classes.get(name.replace('.', '/'));
            if (bytes == null) throw new ClassNotFoundException(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///t/" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignored) {
            return text;
        }
    }

    private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, byte[]> made;

        Memory(JavaFileManager files, Map<String, byte[]> made) {
            super(files);
            this.made = made;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location at, String name, JavaFileObject.Kind kind,
                FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return new ByteArrayOutputStream() {
                        @Override
                        public void close() {
                            made.put(name.replace('.', '/'), toByteArray());
                        }
                    };
                }
            };
        }
    }
}
