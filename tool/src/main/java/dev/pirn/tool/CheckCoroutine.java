package dev.pirn.tool;

import dev.pirn.Backend;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code check-coroutine}: QEMU's test cases of coroutines, by their names, and its benchmarks. */
@Command(name = "check-coroutine", description = "Run QEMU's test cases of coroutines, or its benchmarks.",
        footerHeading = "%n", footer = {"The exit code is 1 if a case failed.",
            "A benchmark warms up for a second and then prints the median of its rounds."})
final class CheckCoroutine implements Callable<Integer> {
    private static final String ALL = "all";

    private static final class BackendNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            Stream<String> each = Stream.of(Backend.values()).map(Backend::toString);
            return Stream.concat(each, Stream.of(ALL)).iterator();
        }
    }

    private static final class CaseNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return CoroutineCase.all().stream().map(CoroutineCase::name).iterator();
        }
    }

    @Option(names = "--backend", paramLabel = "NAME", completionCandidates = BackendNames.class,
            description = "On this backend: ${COMPLETION-CANDIDATES}. Otherwise on all that work here.")
    private String backend;

    @Option(names = "--case", paramLabel = "NAME", completionCandidates = CaseNames.class,
            description = "Only this case, one of ${COMPLETION-CANDIDATES}.")
    private String onlyCase;

    @Option(names = "--benchmark", paramLabel = ALL,
            description = "Run all benchmarks instead of the cases.")
    private String benchmark;

    private final Set<Benchmark> benchmarks = EnumSet.noneOf(Benchmark.class);

    @Spec
    private CommandSpec spec;

    private CheckCoroutine() { }

    @Option(names = "--benchmark-lifecycle", description = "Make a coroutine and run it to its end.")
    private void lifecycle(boolean wanted) {
        choose(Benchmark.LIFECYCLE, wanted);
    }

    @Option(names = "--benchmark-yield", description = "Enter one that yields.")
    private void yielding(boolean wanted) {
        choose(Benchmark.YIELD, wanted);
    }

    @Option(names = "--benchmark-nesting", description = "Make and enter the next, 1000 deep.")
    private void nesting(boolean wanted) {
        choose(Benchmark.NESTING, wanted);
    }

    @Option(names = "--benchmark-cost", description = "Make one, enter, yield, enter to the end.")
    private void cost(boolean wanted) {
        choose(Benchmark.COST, wanted);
    }

    @Option(names = "--benchmark-function-call", description = "Call a function, to compare.")
    private void functionCall(boolean wanted) {
        choose(Benchmark.FUNCTION_CALL, wanted);
    }

    private void choose(Benchmark each, boolean wanted) {
        if (wanted) benchmarks.add(each); else benchmarks.remove(each);
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        if (benchmark != null) chooseAll();
        if (benchmarks.isEmpty()) return check();
        if (onlyCase != null) throw misuse("a case cannot be run as a benchmark: --case " + onlyCase);
        measure();
        return Main.OK;
    }

    private void chooseAll() {
        if (!benchmark.equals(ALL)) throw misuse("--benchmark takes all: " + benchmark);
        benchmarks.addAll(EnumSet.allOf(Benchmark.class));
    }

    private int check() throws Failure {
        List<CoroutineCase> cases = cases();
        var runner = new CaseRunner(out());
        runner.run(backends(), cases);
        return runner.finish();
    }

    private void measure() throws Failure, InterruptedException {
        for (Backend each : backends()) {
            for (Benchmark which : benchmarks) {
                out().println(Measurement.of(which, each));
                out().flush();
            }
        }
    }

    private List<CoroutineCase> cases() {
        List<CoroutineCase> all = CoroutineCase.all();
        if (onlyCase == null) return all;
        List<CoroutineCase> named = all.stream().filter(each -> each.name().equals(onlyCase)).toList();
        if (named.isEmpty()) throw misuse("no such case: " + onlyCase);
        return named;
    }

    private List<Backend> backends() throws Failure {
        var chosen = new ArrayList<Backend>();
        for (Backend each : Backend.values()) {
            if (backend == null && !each.isAvailable()) {
                out().println("skipped " + each + ": it does not work in this JVM");
            } else if (backend == null || backend.equals(ALL) || backend.equals(each.toString())) {
                chosen.add(each);
            }
        }
        if (chosen.isEmpty()) throw misuse("no such backend: " + backend);
        for (Backend each : chosen) requireAvailable(each);
        return chosen;
    }

    private static void requireAvailable(Backend backend) throws Failure {
        if (backend.isAvailable()) return;
        throw Failure.of("backend does not work in this JVM", backend)
                .hint("start java with --add-opens java.base/jdk.internal.vm=dev.pirn.core"
                        + " --add-exports java.base/jdk.internal.access=dev.pirn.core");
    }

    private ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
