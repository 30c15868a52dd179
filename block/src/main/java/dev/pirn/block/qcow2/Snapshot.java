package dev.pirn.block.qcow2;

/**
 * What an image says of one of its internal snapshots: the whole disk as it was at some time ("Snapshots").
 *
 * @param id no two of an image have the same; made here a decimal number
 * @param name what a user calls it; several may be called the same
 * @param dateSeconds when it was made, in seconds since 1970
 * @param dateNanos the rest of that, in nanoseconds
 * @param vmClockNanos for how long the guest had run by then, in nanoseconds
 * @param vmStateSize bytes of the machine's state that are kept with the disk; 0 for none
 * @param diskSize of the disk then, in bytes
 * @param icount how many instructions the guest had run by then; {@link #NO_ICOUNT} if nobody counted
 */
public record Snapshot(String id, String name, long dateSeconds, int dateNanos, long vmClockNanos,
        long vmStateSize, long diskSize, long icount) {
    /** No number of instructions. */
    public static final long NO_ICOUNT = -1;
}
