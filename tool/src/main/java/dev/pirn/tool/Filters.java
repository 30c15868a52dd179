package dev.pirn.tool;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.filter.FaultDriver;
import dev.pirn.block.filter.FaultSpec;
import dev.pirn.block.filter.ZeroDetectingDriver;
import java.util.ArrayList;
import java.util.List;

/** What stands between a served disk's door and its driver, for one run: the same before each image. */
final class Filters {
    private final boolean detectZeroes;
    private final boolean unmapZeroes;
    /** Null for none. */
    private final FaultSpec faults;
    private final List<FaultDriver> failing = new ArrayList<>();

    private Filters(boolean detectZeroes, boolean unmapZeroes, FaultSpec faults) {
        this.detectZeroes = detectZeroes;
        this.unmapZeroes = unmapZeroes;
        this.faults = faults;
    }

    /**
     * Makes those that are asked for.
     *
     * @param unmapZeroes whether detected zeroes may give back their storage
     * @param faults specs by which requests fail or wait, counted for each image
     * @throws IllegalArgumentException if one of {@code faults} is none
     */
    static Filters of(boolean detectZeroes, boolean unmapZeroes, List<String> faults) {
        FaultSpec all = faults.stream().map(FaultSpec::parse).reduce(FaultSpec::plus).orElse(null);
        return new Filters(detectZeroes, unmapZeroes, all);
    }

    /** Puts them before a disk that was opened; what comes back is to be used instead. */
    BlockDevice before(BlockDevice disk) {
        BlockDevice filtered = disk;
        if (detectZeroes && !disk.isReadOnly()) {
            filtered = filtered.filtered(below -> ZeroDetectingDriver.of(below, unmapZeroes));
        }
        if (faults == null) return filtered;
        return filtered.filtered(below -> {
            failing.add(FaultDriver.of(disk.name(), below, faults));
            return failing.getLast();
        });
    }

    /** Has nobody wait on purpose any more: the server is to end. */
    void endDelays() {
        failing.forEach(FaultDriver::endDelays);
    }
}
