package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checker's door, and what javac has to be asked for by options. */
class CheckerTest {
    private static final String TWINS = """
            class A {
                Runnable wrong() { return () -> Coroutine.yield(); }
                Quiet right() { return () -> Coroutine.yield(); }
                interface Quiet { @CoroutineFn void run(); }
            }
            """;

    @Test
    void aClassThatIsNotThereIsNamed() {
        var e = assertThrows(IllegalArgumentException.class, () -> Checker.check(List.of("a/B"), _ -> null));
        assertEquals("the class a/B, which is to be checked, is not in its source", e.getMessage());
    }

    @Test
    void nothingIsAskedOfClassesThatAreNotThere() {
        var classes = Compiled.of(Map.of("A.java", "class A { void run(B b) { b.run(); } }",
                "B.java", "class B extends C { }", "C.java", "class C { void run() { } }"));
        assertEquals(List.of(), Checker.check(List.of("A"), Map.of("A", classes.get("A"))::get));
    }

    /** Without debug information javac gives lambdas of one text one body. */
    @Test
    void twoLambdasShareTheirBody() {
        var program = Programs.of(Map.of("p", TWINS), "-g:none");
        List<Message> messages = program.check("p");
        assertEquals(1, messages.size(), messages::toString);
        String text = messages.getFirst().toString();
        assertTrue(text.startsWith("p/A.class: error: "), text);
        assertTrue(text.contains("over as Runnable, whose run is none"), text);
    }

    @Test
    void aMessageWithoutDebugInformationNamesTheClassFile() {
        var program = Programs.of(Map.of("p", "class A { void run() { Coroutine.yield(); } }"), "-g:none");
        assertTrue(program.check("p").toString().startsWith("[p/A.class: error: A.run calls "),
                () -> program.check("p").toString());
    }
}
