package dev.pirn.block.qcow2;

/**
 * What an image says of one of its persistent bitmaps: a bit for each piece of the disk that was written to
 * ("Bitmap directory").
 *
 * @param name no two of an image have the same
 * @param granularity bytes that a bit stands for, a power of two from 512 to 2 GiB
 * @param isAuto whether writes are noted in it ("auto")
 * @param isInUse whether somebody wrote, and did not get to store it: what it says may be wrong ("in_use")
 * @param isKnown whether it is one of dirty pieces without extra data that must be known
 */
public record Bitmap(String name, long granularity, boolean isAuto, boolean isInUse, boolean isKnown) {
    /** Whether it can be read, changed and merged; all others can be removed alone. */
    public boolean isUsable() {
        return isKnown && !isInUse;
    }
}
