/**
 * Coroutines: rules in {@link dev.pirn.Coroutine}, switching behind it, waking in a {@link dev.pirn.Home}.
 *
 * <pre>
 *   your code ──▶ Coroutine ──▶ Stack ──▶ ContinuationStack   frames on the heap
 *                 the rules     the seam  ThreadStack          frames on a parked thread
 *                    ▲
 *                    └── Home: where it goes on when it is woken
 * </pre>
 *
 * <p>What happens in a thread before it enters, wakes or schedules a coroutine happens before the coroutine
 * goes on; what the coroutine does before it yields or ends happens before the enter returns.
 */
package dev.pirn;
