package dev.pirn.block.qcow2;

/** What of an image is put right ({@code qemu-img check -r}). */
public enum Repair {
    /** Clusters that are counted too often, alone: no data can be lost by that. */
    LEAKS,
    /** All that can be; what cannot be right is dropped, and reads as zeroes then. */
    ALL
}
