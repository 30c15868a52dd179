/**
 * What coroutines hand to each other, in one event loop or between many.
 *
 * <pre>
 *   send ─▶ Channel ─▶ receive      Select ─▶ Case, Case, … ─▶ one of their channels
 * </pre>
 *
 * <p>What happens before an element is sent happens before its receive returns.
 */
package dev.pirn.lock;
