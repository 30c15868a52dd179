/**
 * Images in QEMU's format qcow2: plain sequential code that suspends, metadata included.
 *
 * <pre>
 *   BlockDevice ──▶ Qcow2Image ──▶ InFlight: who works on which clusters
 *                     │
 *                     ├─ read ──▶ ImageReader ──▶ ClusterMap ──▶ TableCache ──▶ StorageFile
 *                     │              │             L1, L2         slices, LRU    grows; a file, a fault
 *                     │              └──▶ data │ zeroes │ Expander │ backing BlockDevice
 *                     └─ Chain: opens what the image names
 * </pre>
 */
package dev.pirn.block.qcow2;
