package dev.pirn.block.qcow2;

import java.util.List;

/** The bits of one bitmap, as they are now: also while the disk is written to. For any thread. */
public final class BitmapView {
    /**
     * Bytes of the disk side by side that are alike.
     *
     * @param isDirty whether they were written to
     */
    public record Run(long length, boolean isDirty) { }

    private final Bits bits;

    BitmapView(Bits bits) {
        this.bits = bits;
    }

    /**
     * Says which of {@code length} bytes of the disk, at least 1, were written to, from the first on: at
     * least one run, and at most {@code countMax}, none of which reaches beyond the range. Does not suspend.
     */
    public List<Run> runs(long offset, long length, int countMax) {
        return bits.runs(offset, length, countMax);
    }
}
