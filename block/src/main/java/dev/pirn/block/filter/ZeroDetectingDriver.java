package dev.pirn.block.filter;

import dev.pirn.block.Driver;
import dev.pirn.block.Zeroes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Has writes that hold zeroes alone done as {@link Driver#writeZeroes}, so that they need no storage
 * ({@code detect-zeroes} of QEMU).
 *
 * <p>A request is looked at as a whole, as QEMU does it: one that holds any other byte is written as it is,
 * with its zeroes. Cut into pieces, it would be several requests below, for holes of a page that file systems
 * keep badly; clients that copy disks write pieces of their own, in which holes are whole requests.
 */
public final class ZeroDetectingDriver implements Filter {
    private final Driver below;
    private final boolean mayUnmap;

    private ZeroDetectingDriver(Driver below, boolean mayUnmap) {
        this.below = below;
        this.mayUnmap = mayUnmap;
    }

    /**
     * Puts one before {@code below}, which it closes when it is closed.
     *
     * @param mayUnmap whether what is zeroed so may give back its storage ({@code detect-zeroes=unmap}); as
     *     ever, done only if the disk was opened with {@link dev.pirn.block.Discard#UNMAP}
     */
    public static ZeroDetectingDriver of(Driver below, boolean mayUnmap) {
        return new ZeroDetectingDriver(Objects.requireNonNull(below, "below"), mayUnmap);
    }

    @Override
    public Driver below() {
        return below;
    }

    @Override
    public boolean canSend(long offset, long length) {
        return below.canSend(offset, length);
    }

    @Override
    public void write(long offset, MemorySegment source, boolean fua) throws IOException {
        if (Zeroes.areAll(source)) below.writeZeroes(offset, source.byteSize(), mayUnmap, fua);
        else below.write(offset, source, fua);
    }
}
