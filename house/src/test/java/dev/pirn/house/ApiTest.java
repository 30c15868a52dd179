package dev.pirn.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiTest {
    private static final String CURE = "; if it is meant: ./check --api";

    @TempDir
    Path root;

    @Test
    void listsMembersByNameWithGenericSignatures() throws IOException {
        compile("import java.util.*;",
                "public class A<T extends Comparable<T> & Runnable> extends ArrayList<T> {",
                "    public A(int... sizes) {}",
                "    protected <E extends Exception> Map.Entry<? super T, ?> m(long[] a) throws E, Error {",
                "        return null; }",
                "    public static final int MAX = 64 << 20;",
                "    public static final String NAME = \"a\\n\\\"b\\\"\";",
                "    public static final boolean ON = true;",
                "    @Deprecated public volatile char c;",
                "    int notSeen; void notSeenEither() {} }");
        assertTypes(
                "public class p.A<T extends Comparable<T> & Runnable> extends java.util.ArrayList<T>",
                "    @Deprecated public volatile char c",
                "    protected <E extends Exception> java.util.Map.Entry<? super T, ?> m(long[])"
                        + " throws E, Error",
                "    public A(int...)",
                "    public static final String NAME = \"a\\n\\\"b\\\"\"",
                "    public static final boolean ON = true",
                "    public static final int MAX = 67108864");
    }

    @Test
    void listsPermittedTypesButNotTheNamesOfHiddenOnes() throws IOException {
        compile("public sealed interface A { record R(java.util.List<String> a, int b) implements A {}",
                "    enum E implements A { X, Y } }", "final class Hidden implements A {}");
        assertTypes("public sealed interface p.A permits (hidden), p.A.E, p.A.R",
                "public enum p.A.E implements p.A",
                "    enum constant X",
                "    enum constant Y",
                "public record p.A.R(java.util.List<String> a, int b) implements p.A",
                "    public R(java.util.List<String>, int)",
                "    public int b()",
                "    public java.util.List<String> a()");
    }

    @Test
    void listsWhatIsInheritedFromAHiddenType() throws IOException {
        compile("public final class A extends Base { A() {} }",
                "abstract class Base implements Runnable {",
                "public Base() {} public void run() {} protected void p() {} }");
        assertTypes("public final class p.A implements Runnable", "    public void run()");
    }

    @Test
    void listsWhatAnInterfaceImplements() throws IOException {
        compile("public interface A {",
                "void a(); default void b() {} static void c() {} private void d() {} }");
        assertTypes("public interface p.A", "    public default void b()", "    public static void c()",
                "    public void a()");
    }

    @Test
    void doesNotListTypesThatUsersCannotName() throws IOException {
        compile("class A { public static class Nested {} }");
        source("q/B.java", "package q; public class B {}");
        source("r/C.java", "package r; public class C {}");
        source("module-info.java", "module m { exports p; exports q to java.logging; }");
        compileAll();
        assertTypes();
    }

    @Test
    void listsTheModulesDirectives() throws IOException {
        source("p/A.java", "package p; interface A {}");
        source("module-info.java",
                "module m { requires transitive java.logging; exports p; requires java.xml; }");
        compileAll();
        assertEquals(List.of("module m", "exports p", "requires transitive java.logging"), listing());
    }

    @Test
    void sameApi() throws IOException {
        compile("public class A {}");
        Api.write(root);
        assertEquals(List.of(), Api.check(root));
    }

    @Test
    void methodMoreAndMethodLess() throws IOException {
        compile("public interface A { void a(); void b(); }");
        Api.write(root);
        compile("public interface A { void a(); void c(); }");
        assertFindings("api.txt:5: error: gone from the API: p.A: public void b()" + CURE,
                "api.txt:4: error: new in the API: p.A: public void c()" + CURE);
    }

    @Test
    void typeThatBecameFinal() throws IOException {
        compile("public class A { public void a() {} }");
        Api.write(root);
        compile("public final class A { public void a() {} }");
        assertFindings("api.txt:3: error: gone from the API: public class p.A" + CURE,
                "api.txt:2: error: new in the API: public final class p.A" + CURE);
    }

    @Test
    void constantOfAnotherValue() throws IOException {
        compile("public interface A { long MAX = 1; }");
        Api.write(root);
        compile("public interface A { long MAX = 2; }");
        assertFindings("api.txt:4: error: gone from the API: p.A: public static final long MAX = 1" + CURE,
                "api.txt:3: error: new in the API: p.A: public static final long MAX = 2" + CURE);
    }

    @Test
    void sameApiInAnotherOrder() throws IOException {
        compile("public interface A { void a(); void b(); }");
        Api.write(root);
        Path file = root.resolve("api.txt");
        Files.write(file, Files.readAllLines(file).stream()
                .flatMap(line -> line.contains("a()") ? Stream.of(line.replace("a()", "b()"))
                        : Stream.of(line.replace("b()", "a()"))).toList());
        assertFindings("api.txt:1: error: the same API, but edited by hand: ./check --api");
    }

    @Test
    void noApiFile() throws IOException {
        compile("public class A {}");
        assertFindings("api.txt:1: error: not there: ./check --api writes it");
    }

    @Test
    void notCompiled() throws IOException {
        assertFindings("target/classes/module-info.class:1: error: not there: ./mvnw package");
    }

    /** Compiles the type A, in package p, which the module m exports. */
    private void compile(String... lines) throws IOException {
        source("module-info.java", "module m { exports p; }");
        source("p/A.java", "package p; " + String.join("\n", lines));
        compileAll();
    }

    private void source(String name, String text) throws IOException {
        Path file = root.resolve("src").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void compileAll() throws IOException {
        try (var files = Files.walk(root.resolve("src"))) {
            String[] args = Stream.concat(Stream.of("-d", root.resolve("target/classes").toString()),
                    files.filter(Files::isRegularFile).map(Path::toString)).toArray(String[]::new);
            int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, args);
            assertEquals(0, status, "the test's own sources do not compile");
        }
    }

    private List<String> listing() throws IOException {
        return Listing.of(root.resolve("target/classes"));
    }

    private void assertTypes(String... expected) throws IOException {
        List<String> lines = listing();
        assertTrue(lines.size() >= 2, () -> "no module in " + lines);
        assertEquals(List.of(expected), lines.subList(2, lines.size()));
    }

    private void assertFindings(String... expected) throws IOException {
        assertEquals(List.of(expected), Api.check(root).stream()
                .map(finding -> finding.toString().substring(root.toString().length() + 1)).toList());
    }
}
