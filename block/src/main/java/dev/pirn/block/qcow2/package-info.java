/**
 * Images in QEMU's format qcow2: plain sequential code that suspends, metadata included.
 *
 * <pre>
 *   BlockDevice ──▶ Qcow2Image ──▶ InFlight: who works on which clusters
 *                     │
 *                     ├─ read ──▶ ImageReader ──▶ ClusterMap ──▶ TableCache ──▶ StorageFile
 *                     │              │             L1, L2         slices, LRU    grows; a file, a fault
 *                     │              └─ Pieces: several at a time
 *                     │                   └──▶ data │ zeroes │ Expander │ backing BlockDevice
 *                     ├─ write ─▶ ImageWriter ──▶ Cow: what must be copied ──▶ Allocator ──▶ Refcounts
 *                     ├─ zero, discard ─▶ Zeroing                               counts, and frees later
 *                     ├─ flush ─▶ WriteBack: counts, then references, then what was given up
 *                     ├─ compressed ─▶ Compressor ─▶ Deflate or Zstd, in the pool; packed by Allocator
 *                     ├─ resize ─▶ Resize
 *                     ├─ snapshots ─▶ Snapshots ─▶ NewTables, NewRefcounts ─▶ one write of the header
 *                     └─ Chain: opens what the image names; Damage: stops writing
 *
 *   Qcow2Creation ──▶ Layout, Preallocation: a new image
 *
 *   Qcow2Check ──▶ CheckedFile: the file alone, of which nothing but the header is believed
 *     ├─ ImageCheck ─▶ MetadataWalk ─▶ EntryRules, SnapshotScan, BitmapScan ─▶ References, in windows
 *     │                RefcountBlocks: counts as they stand ◀── compared ──────────┘     Findings
 *     │                CopiedMarks: bit 63 of each entry
 *     └─ RefcountRebuild: all counts anew, in force by one write of the header
 * </pre>
 *
 * <p>All that suspends is for coroutines of event loops; an open image may be used from several. The order of
 * writes, and what is done with each element of the format, stands in {@code docs/formats/qcow2.md}.
 */
package dev.pirn.block.qcow2;
