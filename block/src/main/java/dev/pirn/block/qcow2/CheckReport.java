package dev.pirn.block.qcow2;

import java.util.List;

/**
 * What a check of an image found.
 *
 * @param corruptions what can lose data
 * @param leaks clusters that are counted more often than they are referred to: wasted, and no harm
 * @param allocated guest clusters that have a place
 * @param compressed those of them that are compressed
 * @param end where the last cluster in use ends in the file, in bytes
 * @param messages what was found, the first of it, a line each
 */
public record CheckReport(long corruptions, long leaks, long allocated, long compressed, long end,
        List<String> messages) {
    /** Whether nothing is wrong, leaks apart. */
    public boolean isSound() {
        return corruptions == 0;
    }

    /** Whether nothing is wrong at all. */
    public boolean isClean() {
        return corruptions == 0 && leaks == 0;
    }
}
