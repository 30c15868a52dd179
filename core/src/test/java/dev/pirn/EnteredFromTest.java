package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What a reader sees of both stacks when an exception comes out of an enter. */
class EnteredFromTest {
    private static final String MARK = "\tSuppressed: coroutine \"%s\" (done), entered from\n";

    /** The trace, line numbers as N and frames of the test's own caller and of the JDK left out. */
    private static String text(Throwable e) {
        var text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString().replaceAll("\\(\\w+\\.java:\\d+\\)", "(N)").lines()
                .filter(line -> !line.matches("\\s+at (org\\.junit|java|jdk)[./].*|\\s+\\.\\.\\. \\d+ more"))
                .filter(line -> !line.matches(".*EnteredFromTest(\\.lambda\\$|\\$co\\$).*"))
                .map(line -> line.replaceFirst("^(\\s+at )\\S+/", "$1") + "\n")
                .reduce("", String::concat);
    }

    private static void fail() {
        throw new IllegalStateException("boom");
    }

    private static Throwable enterAndCatch(Coroutine co) {
        return assertThrows(IllegalStateException.class, co::enter);
    }

    /** The frames of the enterer stand nowhere else: the coroutine has a thread of its own. */
    @Test
    void onAThread() {
        var co = Coroutine.create(Backend.THREAD, "a", EnteredFromTest::fail);
        assertEquals("""
                java.lang.IllegalStateException: boom
                \tat dev.pirn.EnteredFromTest.fail(N)
                \tat dev.pirn.Coroutine.body(N)
                \tat dev.pirn.ThreadStack.run(N)
                \tat dev.pirn.ThreadStackWorker.runTask(N)
                \tat dev.pirn.ThreadStackWorker.run(N)
                \tSuppressed: coroutine "a" (done), entered from
                \t\tat dev.pirn.Coroutine.enter(N)
                \t\tat dev.pirn.EnteredFromTest.enterAndCatch(N)
                \t\tat dev.pirn.EnteredFromTest.onAThread(N)
                """, text(enterAndCatch(co)));
    }

    /** The frames of the enterer are there already, and the mark's are cut short; the name is in the mark. */
    @Test
    void onAContinuation() {
        var co = Coroutine.create(Backend.CONTINUATION, "a", EnteredFromTest::fail);
        String text = text(enterAndCatch(co));
        String own = text.replaceAll("(?m)^\tat dev\\.pirn\\.(ContinuationStack|Internals)\\..*\n", "");
        assertEquals("""
                java.lang.IllegalStateException: boom
                \tat dev.pirn.EnteredFromTest.fail(N)
                \tat dev.pirn.Coroutine.body(N)
                \tat dev.pirn.Coroutine.run(N)
                \tat dev.pirn.Coroutine.enter(N)
                \tat dev.pirn.EnteredFromTest.enterAndCatch(N)
                \tat dev.pirn.EnteredFromTest.onAContinuation(N)
                \tSuppressed: coroutine "a" (done), entered from
                \t\tat dev.pirn.Coroutine.enter(N)
                """, own);
    }

    /** A mark for each coroutine that it comes through, innermost first. */
    @Test
    void throughTwo() {
        var inner = Coroutine.create(Backend.THREAD, "inner", EnteredFromTest::fail);
        var outer = Coroutine.create(Backend.THREAD, "outer", inner::enter);
        String marks = text(enterAndCatch(outer)).lines().filter(each -> each.contains("Suppressed"))
                .map(each -> each + "\n").reduce("", String::concat);
        assertEquals(MARK.formatted("inner") + MARK.formatted("outer"), marks);
    }

    /** A checked one is the cause of one that is made at the enter: nothing is missing there. */
    @Test
    void checked() {
        var co = Coroutine.create(Backend.THREAD, "a", () -> {
            throw new IOException("disk");
        });
        var e = assertThrows(CoroutineException.class, co::enter);
        assertEquals("coroutine \"a\" (done) ended by java.io.IOException: disk", e.getMessage());
        assertEquals(0, e.getSuppressed().length);
        assertEquals(0, e.getCause().getSuppressed().length);
    }

    @Test
    void oneThatIsThrownAgainAndAgainDoesNotGrow() {
        var kept = new IllegalStateException("kept");
        for (int i = 0; i < 100; i++) {
            enterAndCatch(Coroutine.create(Backend.THREAD, "a", () -> {
                throw kept;
            }));
        }
        assertEquals(8, kept.getSuppressed().length);
    }

    @Test
    void travelsToWherePirnIsNot() throws Exception {
        Throwable e = enterAndCatch(Coroutine.create(Backend.THREAD, "a", EnteredFromTest::fail));
        var bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(e);
        var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        var read = (Throwable) in.readObject();
        Throwable mark = read.getSuppressed()[0];
        assertEquals(Throwable.class, mark.getClass());
        assertEquals("coroutine \"a\" (done), entered from", mark.getMessage());
        assertEquals("enter", mark.getStackTrace()[0].getMethodName());
    }
}
