package dev.pirn.lab.bench;

import java.util.List;

/** A way to start the JVM, and which benchmarks that may change. One line each, so that it is easy to add. */
enum Variant {
    PLAIN(".*", null),
    /** Without the JDK's private switch. */
    PUBLIC("coroutine", "CONTINUATION", "-Dpirn.continuation=public"),
    CHECKS("coroutine", "CONTINUATION", "-Dpirn.checks=true"),
    RECORDER("coroutine", "CONTINUATION", "-XX:StartFlightRecording:settings=default"),
    /** A generator's backend cannot be chosen but for all. */
    PURE("Elements.generator", null, "-Dpirn.backend=pure"),
    CONTINUATION("Elements.generator", null, "-Dpirn.backend=continuation"),
    /** Each coroutine of the thread backend starts a thread. */
    NO_POOL("Lifecycle.coroutine", "THREAD", "-Dpirn.pool=0");

    /** What it runs, as a regular expression that is found in {@code Class.method}. */
    final String benchmarks;
    /** On which backend, where the benchmark has a choice; null for all. */
    final String backend;
    final List<String> jvmOptions;

    Variant(String benchmarks, String backend, String... jvmOptions) {
        this.benchmarks = benchmarks;
        this.backend = backend;
        this.jvmOptions = List.of(jvmOptions);
    }

    /** How the table calls it. */
    String label() {
        return this == PLAIN ? "" : String.join(" ", jvmOptions);
    }
}
