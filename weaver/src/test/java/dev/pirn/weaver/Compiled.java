package dev.pirn.weaver;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
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

/** Class files that javac made of texts, in memory. */
final class Compiled extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> classes = new TreeMap<>();

    private Compiled(JavaFileManager manager) {
        super(manager);
    }

    /** Compiles {@code texts}, by their paths, with what maven gives javac; fails with javac's words. */
    static Map<String, byte[]> of(Map<String, String> texts) {
        return of(texts, "-g");
    }

    static Map<String, byte[]> of(Map<String, String> texts, String debug) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        var files = new ArrayList<JavaFileObject>();
        texts.forEach((path, text) -> files.add(new Text(path, text)));
        try (var out = new Compiled(compiler.getStandardFileManager(null, null, null))) {
            var options = List.of(debug, "-proc:none", "-nowarn", "--release", "25");
            boolean done = compiler.getTask(null, out, problems, options, null, files).call();
            if (!done) throw new AssertionError(problems.getDiagnostics().toString());
            var bytes = new TreeMap<String, byte[]>();
            out.classes.forEach((name, each) -> bytes.put(name, each.toByteArray()));
            return bytes;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind,
            FileObject sibling) {
        return new SimpleJavaFileObject(URI.create("memory:/" + name.replace('$', '-')), kind) {
            @Override
            public OutputStream openOutputStream() {
                return classes.computeIfAbsent(name.replace('.', '/'), _ -> new ByteArrayOutputStream());
            }
        };
    }

    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String path, String text) {
            super(URI.create("memory:/" + path), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignored) {
            return text;
        }
    }
}
