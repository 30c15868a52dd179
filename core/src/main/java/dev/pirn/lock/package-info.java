/**
 * What coroutines keep from each other and hand to each other, in one event loop or between many.
 *
 * <pre>
 *   lock ─▶ CoMutex ─▶ unlock, which hands it to the first in line     CoRwLock: many readers, or one writer
 *            ▲  │ wait lets go of it
 *            └ CoQueue ─▶ notify                                       CoSemaphore, CoBudget: so and so many
 *
 *   send ─▶ Channel ─▶ receive      Select ─▶ Case, Case, … ─▶ one of their channels
 * </pre>
 *
 * <p>All are fair: first come, first served. What happens before an unlock, a release or a send happens
 * before what follows the lock, acquire or receive that it lets go on.
 */
package dev.pirn.lock;
