/**
 * {@code pirn img}: qemu-img's verbs, one class each.
 *
 * <pre>
 *   verb ──▶ Work: one event loop; closes what was opened
 *             └─▶ DiskImage: file or NBD export, lock, format ──▶ BlockDevice
 *                                                                     │
 *   Convert, Dd ─▶ Copier: many coroutines ◀── Pieces ◀── extents ◀───┤
 *   Compare ─▶ Comparison, the same ◀── Pieces ◀──────────────────────┘
 * </pre>
 */
package dev.pirn.tool.img;
