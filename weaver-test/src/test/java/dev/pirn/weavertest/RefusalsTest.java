package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.weaver.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What cannot be woven is refused, with file, line and cure; or left to the JVM, if that is wanted. */
class RefusalsTest {
    private static final String SYNCHRONIZED = """
            @CoroutineFn static synchronized int locked(int a) {
                return i(a);
            }
            @CoroutineFn static Object run() { return locked(3) + i(2); }
            """;

    private static Message only(List<Message> messages) {
        assertEquals(1, messages.size(), messages.toString());
        return messages.getFirst();
    }

    @Test
    void synchronizedMethod() {
        Message message = only(Program.of(SYNCHRONIZED).messages());
        assertEquals("t/Case.java:18: error: Case.locked: is synchronized and calls Case.i, which may "
                + "suspend while the monitor is held, which belongs to the thread; guard the data by a lock "
                + "that belongs to the coroutine", message.toString());
    }

    @Test
    void synchronizedBlockAroundASite() {
        Message message = only(Program.of("""
                @CoroutineFn static Object run() {
                    int n = i(1);
                    synchronized (Case.class) {
                        n++;
                        try { n += i(2); } finally { n--; }
                    }
                    return n;
                }
                """).messages());
        assertEquals("t/Case.java:21: error: Case.run: the call of Case.i may suspend while a monitor is "
                + "held, which belongs to the thread; leave the synchronized block before it, or guard the "
                + "data by a lock that belongs to the coroutine", message.toString());
    }

    @Test
    void siteInACatchBlockWithinASynchronizedBlock() {
        Message message = only(Program.of("""
                @CoroutineFn static Object run() {
                    synchronized (Case.class) {
                        try { Object.class.cast(null).hashCode(); }
                        catch (NullPointerException e) { Coroutine.yield(); }
                    }
                    return i(1);
                }
                """).messages());
        assertEquals(20, message.line());
    }

    @Test
    void leftToTheJvmWithAWarning() {
        Program program = Program.of(SYNCHRONIZED);
        var result = program.weave(true);
        assertEquals(Message.Severity.WARNING, only(result.messages()).severity());
        // Its fallback twin calls the plain method, which the thread backend can suspend, woven or not.
        assertEquals(program.runPlain(), Program.run(program.wovenLoader(result), Backend.THREAD));
    }

    @Test
    void methodThatWouldBecomeTooLarge() {
        var text = new StringBuilder("@CoroutineFn static Object run() {\n");
        for (int k = 0; k < 200; k++) text.append("long a%d = l(%d);\n".formatted(k, k));
        text.append("return 0L");
        for (int k = 0; k < 200; k++) text.append(" + a").append(k);
        Message message = only(Program.of(text + "; }").messages());
        assertEquals("t/Case.java", message.file());
        assertEquals(18, message.line());
        assertTrue(message.text().matches("Case.run: has \\d+ bytes of code and 200 calls that may suspend: "
                + "woven it would exceed the JVM's limit of 65535 bytes \\(Code length \\d+ .*\\); split it "
                + "into several methods"), message.text());
    }
}
