package dev.pirn.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapeTest {
    @TempDir
    Path root;

    @Test
    void methodOf60Lines() throws IOException {
        main("class A {\n    void m() {\n" + "\n".repeat(58) + "    }\n}\n");
        assertFindings();
    }

    @Test
    void methodOver60Lines() throws IOException {
        main("class A {\n    /** Why. */\n    void m() {\n" + "\n".repeat(59) + "    }\n}\n");
        assertFindings("A.java:3: error: method m of 61 lines, more than 60");
    }

    @Test
    void publicWithoutAComment() throws IOException {
        main("""
                public class A {
                    public int i;
                    protected void m() {}
                    void hidden() {}
                    /** Has one. */
                    public void documented() {}
                    @Override
                    public String toString() { return ""; }
                    public interface I { int k(); }
                }
                """);
        assertFindings("A.java:1: error: type A is public and has no comment: say what it promises",
                "A.java:2: error: field i is public and has no comment: say what it promises",
                "A.java:3: error: method m is public and has no comment: say what it promises",
                "A.java:9: error: type I is public and has no comment: say what it promises",
                "A.java:9: error: method k is public and has no comment: say what it promises");
    }

    @Test
    void whatIsInsideAHiddenTypeNeedsNoComment() throws IOException {
        main("class A {\n    public void m() {}\n}\n");
        assertFindings();
    }

    @Test
    void annotationsAreNotCountedWithTheMethod() throws IOException {
        main("class A {\n    @S({\n" + "\n".repeat(50) + "    })\n    void m() {\n" + "\n".repeat(50)
                + "    }\n}\n");
        assertFindings();
    }

    @Test
    void methodOver60LinesBelowAnAnnotation() throws IOException {
        main("class A {\n    @S\n    void m() {\n" + "\n".repeat(59) + "    }\n}\n");
        assertFindings("A.java:3: error: method m of 61 lines, more than 60");
    }

    @Test
    void constructorOver60Lines() throws IOException {
        main("record A(int i) {\n    A {\n" + "\n".repeat(59) + "    }\n}\n");
        assertFindings("A.java:2: error: constructor of 61 lines, more than 60");
    }

    @Test
    void initializerOver60Lines() throws IOException {
        main("class A {\n    static {\n" + "\n".repeat(59) + "    }\n}\n");
        assertFindings("A.java:2: error: initializer of 61 lines, more than 60");
    }

    @Test
    void lambdaOver60LinesInAField() throws IOException {
        main("class A {\n    Runnable r = () -> {\n" + "\n".repeat(59) + "    };\n}\n");
        assertFindings("A.java:2: error: lambda in r of 61 lines, more than 60");
    }

    @Test
    void lambdaOver60LinesInAMethodIsReportedOnceAsTheMethod() throws IOException {
        main("class A {\n    void m() {\n        r(() -> {\n" + "\n".repeat(59) + "        });\n    }\n}\n");
        assertFindings("A.java:2: error: method m of 63 lines, more than 60");
    }

    @Test
    void methodOver60LinesInAnAnonymousClassOfAField() throws IOException {
        main("class A {\n    Object o = new Object() {\n        void m() {\n" + "\n".repeat(59)
                + "        }\n    };\n}\n");
        assertFindings("A.java:3: error: method m of 61 lines, more than 60");
    }

    @Test
    void sleepInATest() throws IOException {
        test("class T { void m() { Thread.sleep(1); } }");
        assertFindings("T.java:1: error: Thread.sleep in a test: use virtual time, or wait for the event");
    }

    @Test
    void sleepInATestByReference() throws IOException {
        test("class T { Sleeper s = Thread::sleep; }");
        assertFindings("T.java:1: error: Thread.sleep in a test: use virtual time, or wait for the event");
    }

    @Test
    void sleepInATestByStaticImport() throws IOException {
        test("import static java.lang.Thread.sleep; class T { void m() { sleep(1); } }");
        assertFindings("T.java:1: error: import of Thread.sleep in a test: "
                + "use virtual time, or wait for the event");
    }

    @Test
    void sleepInAStringOfATest() throws IOException {
        test("class T { String s = \"Thread.sleep(1)\"; }");
        assertFindings();
    }

    @Test
    void sleepOutsideOfTests() throws IOException {
        main("class A { void m() { Thread.sleep(1); } }");
        assertFindings();
    }

    @Test
    void assertTrueOfTrue() throws IOException {
        test("class T { void m() { assertTrue(true); } }");
        assertFindings("T.java:1: error: assertTrue(true) cannot fail: assert what happened");
    }

    @Test
    void assertFalseOfFalseByItsClass() throws IOException {
        test("class T { void m() { Assertions.assertFalse(false, \"why\"); } }");
        assertFindings("T.java:1: error: assertFalse(false) cannot fail: assert what happened");
    }

    @Test
    void assertTrueOfAVariable() throws IOException {
        test("class T { void m(boolean b) { assertTrue(b); } }");
        assertFindings();
    }

    @Test
    void disabledWithoutAReason() throws IOException {
        test("class T { @Disabled void m() {} }");
        assertFindings("T.java:1: error: @Disabled without a reason: say why, and until when");
    }

    @Test
    void disabledWithABlankReason() throws IOException {
        test("class T { @org.junit.jupiter.api.Disabled(\" \") void m() {} }");
        assertFindings("T.java:1: error: @Disabled without a reason: say why, and until when");
    }

    @Test
    void disabledWithAReason() throws IOException {
        test("@Disabled(\"until the server speaks TLS\") class T { @Disabled(value = WHY) void m() {} }");
        assertFindings();
    }

    private void main(String text) throws IOException {
        Files.createDirectories(root.resolve("src/main"));
        Files.writeString(root.resolve("src/main/A.java"), text);
    }

    private void test(String text) throws IOException {
        Files.createDirectories(root.resolve("src/test"));
        Files.writeString(root.resolve("src/test/T.java"), text);
    }

    private void assertFindings(String... expected) throws IOException {
        try (var files = Files.walk(root)) {
            List<Path> sources = files.filter(Files::isRegularFile).toList();
            assertEquals(List.of(expected), Shape.check(sources).stream()
                    .map(found -> new Finding(found.path().getFileName(), found.line(), found.text()))
                    .map(Finding::toString).toList());
        }
    }
}
