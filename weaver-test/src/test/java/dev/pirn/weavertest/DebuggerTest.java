package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jdi.request.StepRequest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a debugger sees of woven code. */
@Timeout(180)
class DebuggerTest {
    private static final String CASE = """
            package t;
            import dev.pirn.*;
            public class Case {
                int field = 3;
                @CoroutineFn static int add(int a, int b) {
                    Coroutine.yield();
                    return a + b;
                }
                @CoroutineFn int loop(String text, long wide) throws Exception {
                    int sum = 0;
                    for (int k = 0; k < 3; k++) {
                        sum += add(k, field) + add(1,
                                add(2, 3)) * 2;
                        Coroutine.yield();
                        if (k == 1)
                            sum++;
                    }
                    try {
                        Coroutine.yield(); sum += 2;
                        sum += add(sum, (int) wide); Coroutine.yield(); sum--;
                        throw new Exception(text + add(1, 1));
                    } catch (Exception e) {
                        sum += e.getMessage().length();
                        Coroutine.yield();
                    } finally {
                        Coroutine.yield();
                        text = null;
                    }
                    return sum;
                }
                @CoroutineFn static Object run() throws Exception {
                    Object r = new Case().loop("text", 7);
                    while (add(1, 1) != 2) { Coroutine.yield(); }
                    return r;
                }
            }
            """;

    private static Program program;
    private static Map<String, byte[]> woven;

    @TempDir
    private Path folder;

    @BeforeAll
    static void weave() {
        program = Program.ofSources(Map.of("Case", CASE, "Main", Debugged.MAIN));
        woven = new HashMap<>(program.plain);
        woven.putAll(program.weave().classes());
    }

    private static List<Integer> lines(List<Debugged.Stop> stops) {
        return stops.stream().map(Debugged.Stop::line).toList();
    }

    @Test
    void everyBreakpointIsHitAsOftenAsInThePlainMethod() throws Exception {
        var plain = Debugged.run(program.plain, folder.resolve("plain"), "thread", _ -> true, 0);
        var pure = Debugged.run(woven, folder.resolve("woven"), "pure", _ -> true, 0);
        assertEquals(lines(plain.breakpoints()), lines(pure.breakpoints()));
    }

    /** Of a variable that is not read any more nothing is kept; what is shown is right. */
    @Test
    void variablesHaveTheirValuesOrAreNotShown() throws Exception {
        var plain = Debugged.run(program.plain, folder.resolve("plain"), "thread", _ -> true,
                0).breakpoints();
        var pure = Debugged.run(woven, folder.resolve("woven"), "pure", _ -> true, 0).breakpoints();
        int shown = 0;
        for (int i = 0; i < plain.size(); i++) {
            for (var each : pure.get(i).variables().entrySet()) {
                if (each.getValue().startsWith("instance of")) continue; // Ids differ.
                assertEquals(plain.get(i).variables().get(each.getKey()), each.getValue(),
                        pure.get(i).toString());
                shown++;
            }
        }
        long all = plain.stream().mapToLong(each -> each.variables().size()).sum();
        assertTrue(shown > all * 3 / 4, shown + " of " + all + " are shown");
    }

    @Test
    void theObjectIsShownInTheResumeMethodToo() throws Exception {
        var pure = Debugged.run(woven, folder, "pure", line -> line == 14, 0).breakpoints();
        assertEquals("loop$r", pure.getFirst().method());
        assertTrue(pure.getFirst().variables().containsKey("$this"));
    }

    @Test
    void aStepOverWhatDoesNotSuspendGoesToTheNextLine() throws Exception {
        var pure = Debugged.run(woven, folder, "pure", line -> line == 10 || line == 23,
                StepRequest.STEP_OVER);
        assertEquals(List.of(11, 24), lines(pure.steps()));
    }

    /**
     * To the debugger the method returns: the step ends in its caller. A breakpoint on the next line is hit
     * when the coroutine goes on.
     */
    @Test
    void aStepOverAYieldGoesToTheCallerAsAReturnDoes() throws Exception {
        var pure = Debugged.run(woven, folder, "pure", line -> line == 6 || line == 7, StepRequest.STEP_OVER);
        assertEquals(List.of(6, 7), lines(pure.breakpoints()).subList(0, 2));
        assertEquals(12, pure.steps().getFirst().line());
        assertEquals("loop$co", pure.steps().getFirst().method());
    }
}
