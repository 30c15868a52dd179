/**
 * What coroutines cost, each measured beside the raw {@code jdk.internal.vm.Continuation} that does the same.
 * <pre>
 *   lab/bench ──▶ Main ──▶ one JVM per benchmark, variant and round ──▶ Table: medians, spread, ratio
 *             └─▶ Million: what a million suspended ones cost in time and heap
 * </pre>
 * A class is a situation; its method {@code raw} is the baseline of the others.
 */
package dev.pirn.lab.bench;
