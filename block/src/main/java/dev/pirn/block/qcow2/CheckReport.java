package dev.pirn.block.qcow2;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check of an image found; after a repair, what is left of that. The numbers are those of {@code
 * qemu-img check --output=json}.
 *
 * @param corruptions what can lose data
 * @param leaks clusters that are counted more often than they are referred to: wasted, and no harm
 * @param checkErrors what could not be looked at; always 0, for what cannot be read is thrown
 * @param corruptionsFixed what a repair put right
 * @param leaksFixed what a repair gave back
 * @param totalClusters guest clusters of the disk
 * @param allocatedClusters those of them that have a place
 * @param fragmentedClusters those of them that do not stand behind the one before, in the same L2 table
 * @param compressedClusters those of them that are compressed
 * @param imageEndOffset where the last cluster in use ends in the file, in bytes
 * @param messages what was found, the first of it, a line each; after a repair "Repairing: " and what was put
 *     right or done, and "left: " and what was not
 */
public record CheckReport(long corruptions, long leaks, long checkErrors, long corruptionsFixed,
        long leaksFixed, long totalClusters, long allocatedClusters, long fragmentedClusters,
        long compressedClusters, long imageEndOffset, List<String> messages) {
    /** Whether nothing is wrong, leaks apart. */
    public boolean isSound() {
        return corruptions == 0 && checkErrors == 0;
    }

    /** Whether nothing is wrong at all. */
    public boolean isClean() {
        return isSound() && leaks == 0;
    }

    /** As this, which is what is left of {@code before} by a repair that did {@code done} as a whole. */
    CheckReport after(CheckReport before, List<String> done) {
        var all = new ArrayList<String>();
        boolean knowsAll = messages.size() < Findings.MESSAGES_MAX;
        for (String each : before.messages) {
            if (!messages.contains(each)) all.add(knowsAll ? "Repairing: " + each : each);
        }
        all.addAll(done);
        for (String each : messages) all.add("left: " + each);
        return new CheckReport(corruptions, leaks, checkErrors,
                Math.max(0, before.corruptions - corruptions), Math.max(0, before.leaks - leaks),
                totalClusters, allocatedClusters, fragmentedClusters, compressedClusters, imageEndOffset,
                List.copyOf(all));
    }
}
