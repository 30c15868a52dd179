package dev.pirn.lab.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/**
 * Results as a table in Markdown.
 *
 * <p>The ratio compares the fastest iterations of a round, not the medians: on a machine with other work a
 * median says how often we were interrupted (with three busy processes on two cores the ratio of medians
 * varied from 0.8 to 1.2 for what the fastest agree is 0.77).
 */
final class Table {
    private static final String BASELINE = "raw";

    /**
     * A line of the table.
     *
     * @param situation the class and its parameters but the backend: what a baseline shares with ours
     */
    private record Row(String situation, String method, String backend, Variant variant)
            implements Comparable<Row> {
        Row baseline() {
            return new Row(situation, BASELINE, "", Variant.PLAIN);
        }

        @Override
        public int compareTo(Row other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            String what = "%s %s %s".formatted(method, backend, variant.label()).strip();
            return "| %s | %s |".formatted(situation, what.replace("  ", " "));
        }
    }

    private final Map<Row, List<Double>> nanos = new TreeMap<>();
    private final Map<Row, List<Double>> ratios = new HashMap<>();
    private final Map<Row, List<Double>> fastest = new HashMap<>();
    private final Map<Row, Double> thisRound = new HashMap<>();

    void add(Variant variant, RunResult result) {
        Row row = row(variant, result.getParams());
        double[] each = result.getAggregatedResult().getIterationResults().stream()
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore()).sorted().toArray();
        thisRound.put(row, each[0]);
        for (double value : each) nanos.computeIfAbsent(row, key -> new ArrayList<>()).add(value);
    }

    private static Row row(Variant variant, BenchmarkParams params) {
        String[] name = params.getBenchmark().split("\\.");
        String situation = name[name.length - 2];
        String backend = "";
        for (String key : params.getParamsKeys()) {
            if (key.equals("backend")) {
                backend = params.getParam(key).toLowerCase(Locale.ROOT);
            } else {
                situation += " " + key + "=" + params.getParam(key);
            }
        }
        return new Row(situation, name[name.length - 1], backend, variant);
    }

    /** Compares what was added since the last call, the fastest with the fastest. */
    void endRound() {
        thisRound.forEach((row, best) -> {
            fastest.computeIfAbsent(row, key -> new ArrayList<>()).add(best);
            Double baseline = thisRound.get(row.baseline());
            if (baseline == null) return; // The filter left it out.
            ratios.computeIfAbsent(row, key -> new ArrayList<>()).add(best / baseline);
        });
        thisRound.clear();
    }

    @Override
    public String toString() {
        var lines = new StringBuilder("""
                | situation | what | fastest, ns | median | quartiles | × raw |
                |---|---|---|---|---|---|
                """);
        nanos.forEach((row, values) -> {
            double[] sorted = sorted(values);
            lines.append("%s %.1f | %.1f | %.1f–%.1f |%s |%n".formatted(row,
                    quantile(sorted(fastest.get(row)), 0.5), quantile(sorted, 0.5),
                    quantile(sorted, 0.25), quantile(sorted, 0.75), ratio(row)));
        });
        return lines.toString();
    }

    private String ratio(Row row) {
        List<Double> each = ratios.get(row);
        if (each == null || row.equals(row.baseline())) return "";
        return " %.2f".formatted(quantile(sorted(each), 0.5));
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double quantile(double[] sorted, double fraction) {
        return sorted[(int) Math.round((sorted.length - 1) * fraction)];
    }
}
