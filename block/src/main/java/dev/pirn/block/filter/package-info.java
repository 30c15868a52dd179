/**
 * Drivers that stand before another, and change what it does or how it fails.
 *
 * <pre>
 *   BlockDevice ──▶ FaultDriver ───────────▶ ZeroDetectingDriver ──────────▶ RawDriver, NBD client, …
 *   checks, once    fails, delays, by rules  writes of zeroes become zeroing
 * </pre>
 *
 * <p>{@link dev.pirn.block.BlockDevice#filtered} puts one in; {@link dev.pirn.block.filter.Filter} is what to
 * begin one of your own with. A filter keeps no data and no order of its own:
 * what it hands on, it hands on once, in the coroutine that asked. The fault filter comes first, so that its
 * rules see requests as they were asked.
 */
package dev.pirn.block.filter;
