package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckCoroutineTest {
    @Test
    void oneCaseOnOneBackend() {
        assertEquals(new CommandLineRun(Main.OK, """
                ok thread /basic/yield
                1 passed, 0 failed
                """, ""),
                CommandLineRun.of("check-coroutine", "--backend", "thread", "--case", "/basic/yield"));
    }

    @Test
    void oneCaseOnAllBackends() {
        assertEquals(new CommandLineRun(Main.OK, """
                ok continuation test_nesting
                ok thread test_nesting
                ok pure test_nesting
                ok hybrid test_nesting
                4 passed, 0 failed
                """, ""),
                CommandLineRun.of("check-coroutine", "--backend", "all", "--case", "test_nesting"));
    }

    @Test
    void unknownCase() {
        assertEquals(new CommandLineRun(Main.USAGE, "", """
                pirn: check-coroutine: no such case: /basic/nothing
                """), CommandLineRun.of("check-coroutine", "--case", "/basic/nothing"));
    }

    @Test
    void unknownBackend() {
        assertEquals(new CommandLineRun(Main.USAGE, "", """
                pirn: check-coroutine: no such backend: ucontext
                """), CommandLineRun.of("check-coroutine", "--backend", "ucontext"));
    }

    @Test
    void benchmarkOtherThanAll() {
        assertEquals(new CommandLineRun(Main.USAGE, "", """
                pirn: check-coroutine: --benchmark takes all: some
                """), CommandLineRun.of("check-coroutine", "--benchmark", "some"));
    }

    @Test
    void caseAsABenchmark() {
        assertEquals(new CommandLineRun(Main.USAGE, "", """
                pirn: check-coroutine: a case cannot be run as a benchmark: --case test_self
                """), CommandLineRun.of("check-coroutine", "--benchmark-yield", "--case", "test_self"));
    }

    @Test
    void caseThatFailsIsReportedAndCounted() {
        var wrong = new CoroutineCase("/basic/wrong", backend -> {
            var co = Coroutine.create(backend, "wrong", Coroutine::yield);
            co.enter();
            CoroutineCase.expect("state after its yield", Coroutine.State.DONE, co.state());
            co.enter();
        });
        var throwing = new CoroutineCase("/basic/throwing", backend -> Coroutine.yield());
        var right = new CoroutineCase("/basic/right", backend -> { });

        var out = new StringWriter();
        var runner = new CaseRunner(new PrintWriter(out));
        runner.run(List.of(Backend.CONTINUATION), List.of(wrong, throwing, right));
        assertEquals(Main.FAILED, runner.finish());
        String[] lines = out.toString().split("\n");
        assertEquals("FAILED continuation /basic/wrong: state after its yield: expected DONE, got SUSPENDED",
                lines[0]);
        assertTrue(lines[1].startsWith("FAILED continuation /basic/throwing: threw "
                + "java.lang.IllegalStateException: Co-routine is yielding to no one"), lines[1]);
        assertEquals("ok continuation /basic/right", lines[2]);
        assertEquals("1 passed, 2 failed", lines[3]);
    }

    @ParameterizedTest
    @EnumSource
    void benchmarkLoopEndsAfterItsIterations(Benchmark benchmark) throws InterruptedException {
        var ended = new ArrayList<Backend>();
        Measurement.inLargeThread(() -> {
            for (Backend backend : Backend.values()) {
                benchmark.loop(backend, benchmark.unit);
                ended.add(backend);
            }
        });
        assertEquals(List.of(Backend.values()), ended);
    }

    @Test
    void benchmarkPrintsItsLine() {
        var run = CommandLineRun.of("check-coroutine", "--backend", "continuation", "--benchmark-yield");
        assertEquals(Main.OK, run.code(), run.err());
        assertTrue(run.out().matches("yield continuation \\d+ iterations, \\d+\\.\\d ns per operation "
                + "\\(min \\d+\\.\\d, max \\d+\\.\\d over 7 rounds\\)\n"), run.out());
    }

    @Test
    void medianStandsInTheMiddle() {
        double[] nanos = {1, 2, 3, 4.26, 5, 6, 70};
        var seven = new Measurement(Benchmark.COST, Backend.THREAD, 2000, nanos);
        assertEquals("cost thread 2000 iterations, 4.3 ns per operation (min 1.0, max 70.0 over 7 rounds)",
                seven.toString());
    }
}
