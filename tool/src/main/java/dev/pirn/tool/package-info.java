/**
 * The command line, one class per verb.
 *
 * <pre>
 *   main ──▶ Main ──▶ picocli ──▶ Serve, CheckCoroutine, …   a verb: call() returns the exit code,
 *             ▲                      │                       or throws
 *             └─ one line, exit 1 ───┴── Failure             what the world refused
 *             └─ one line, exit 2 ────── ParameterException  what the user mistyped
 * </pre>
 */
package dev.pirn.tool;
