package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The checker on {@code wrong.txt} and {@code right.txt}: it finds each mistake, and no other. */
class CheckerProgramsTest {
    private static final Programs WRONG = Programs.of("wrong.txt");
    private static final Programs RIGHT = Programs.of("right.txt");

    @TestFactory
    Stream<DynamicTest> wrongPrograms() {
        return WRONG.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            assertTrue(!WRONG.expected(name).isEmpty(), "says what is expected");
            assertEquals(lines(WRONG.expected(name).stream()), lines(WRONG.found(name).stream()));
        }));
    }

    @TestFactory
    Stream<DynamicTest> rightPrograms() {
        return RIGHT.names().stream().map(name -> DynamicTest.dynamicTest(name, () ->
                assertEquals("", lines(RIGHT.check(name).stream().map(Message::toString)))));
    }

    private static String lines(Stream<String> all) {
        return String.join("\n", all.sorted().toList());
    }

    @Test
    void thereAreEnough() {
        assertTrue(WRONG.names().size() >= 60, WRONG.names().size() + " wrong programs");
        assertTrue(RIGHT.names().size() >= 40, RIGHT.names().size() + " right programs");
    }

    @Test
    void everyMessageNamesTheSourceFile() {
        for (String name : WRONG.names()) {
            for (Message each : WRONG.check(name)) assertEquals(name + "/Case.java", each.file());
        }
    }
}
