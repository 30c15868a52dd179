package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @Test
    void testsRunInTheNamedModule() {
        assertEquals("dev.pirn.tool", Main.class.getModule().getName());
    }

    @Test
    void noVerb() {
        assertMisuse("""
                pirn: command line: no verb given
                hint: pirn --help lists the verbs
                """);
    }

    @Test
    void unknownVerb() {
        assertMisuse("""
                pirn: command line: unknown verb: frobnicate
                hint: pirn --help lists the verbs
                """, "frobnicate");
    }

    @Test
    void verbMistypedByALetter() {
        assertMisuse("""
                pirn: command line: unknown verb: completio
                hint: is it completion?
                """, "completio");
    }

    @Test
    void unknownOptionOfAVerb() {
        assertMisuse("""
                pirn: check-coroutine: unknown option: --frobnicate
                """, "check-coroutine", "--frobnicate");
    }

    @Test
    void optionOfAVerbMistypedByALetter() {
        assertMisuse("""
                pirn: check-coroutine: unknown option: --bakend
                hint: is it --backend?
                """, "check-coroutine", "--bakend", "all");
    }

    @Test
    void optionGivenTwice() {
        assertMisuse("""
                pirn: check-coroutine: given twice: --case
                """, "check-coroutine", "--case", "test_self", "--case", "test_yield");
    }

    @Test
    void optionWithoutItsValue() {
        assertMisuse("""
                pirn: check-coroutine: missing: --backend takes continuation, thread, pure, hybrid or all
                """, "check-coroutine", "--backend");
    }

    @Test
    void oneArgumentTooMany() {
        assertMisuse("""
                pirn: check-coroutine: one argument too many: disk.img
                """, "check-coroutine", "disk.img");
    }

    @Test
    void controlCharactersDoNotReachTheTerminal() {
        assertMisuse("""
                pirn: check-coroutine: no such case: \\x1b[31m\\x0apirn: fine
                """, "check-coroutine", "--case", "\u001b[31m\npirn: fine");
    }

    @Test
    void debugAddsTheStackTraceAfterTheLine() {
        var run = CommandLineRun.of("check-coroutine", "--debug", "--case", "none");
        assertEquals(Main.USAGE, run.code());
        assertTrue(run.err().startsWith("pirn: check-coroutine: no such case: none\n"), run.err());
        assertTrue(run.err().contains("\tat dev.pirn.tool"), run.err());
    }

    @Test
    void helpNamesEveryVerb() {
        var run = CommandLineRun.of("--help");
        assertEquals(Main.OK, run.code());
        assertTrue(run.out().contains("check-coroutine"), run.out());
        assertEquals("", run.err());
    }

    @Test
    void helpOfAVerbNamesItsOptions() {
        var run = CommandLineRun.of("check-coroutine", "--help");
        assertEquals(Main.OK, run.code());
        assertTrue(run.out().contains("--benchmark-function-call"), run.out());
        assertEquals("", run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V"})
    void version(String option) {
        var run = CommandLineRun.of(option);
        assertAll(
                () -> assertEquals(Main.OK, run.code()),
                () -> assertTrue(run.out().matches("pirn \\d+\\.\\d+\\.\\d+\\S*\n"), run.out()),
                () -> assertEquals("", run.err()));
    }

    @Test
    void completionScriptIsForThisCommand() {
        var run = CommandLineRun.of("completion");
        assertEquals(Main.OK, run.code());
        assertTrue(run.out().contains("complete -F _complete_pirn -o default pirn"), run.out());
    }

    private static void assertMisuse(String message, String... args) {
        assertEquals(new CommandLineRun(Main.USAGE, "", message), CommandLineRun.of(args));
    }
}
