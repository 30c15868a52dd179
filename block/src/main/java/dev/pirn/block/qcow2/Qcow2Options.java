package dev.pirn.block.qcow2;

import dev.pirn.block.Discard;
import java.util.Objects;

/**
 * How a qcow2 image is opened.
 *
 * @param readOnly opens the file for reading alone
 * @param discard what becomes of the storage under ranges that are discarded, or zeroed with leave to unmap;
 *     with {@link Discard#UNMAP} clusters are freed, and holes punched into the file
 * @param follow which other files it may lead to
 * @param opener what opens those that are no files, if {@code follow} allows; null for nobody
 * @param l2CacheBytesMax how much of the L2 tables is kept in memory; 0 for as much as the disk has, up to 32
 *     MiB, as QEMU does
 */
public record Qcow2Options(boolean readOnly, Discard discard, Follow follow, BackingOpener opener,
        long l2CacheBytesMax) {
    /** For reading and writing; discards are ignored, and files of the image's own folder are followed. */
    public static final Qcow2Options DEFAULT =
            new Qcow2Options(false, Discard.IGNORE, Follow.FOLDER, null, 0);

    /** Refuses null and less than nothing. */
    public Qcow2Options {
        Objects.requireNonNull(discard, "discard");
        Objects.requireNonNull(follow, "follow");
        if (l2CacheBytesMax < 0) {
            throw new IllegalArgumentException("an L2 cache of " + l2CacheBytesMax + " bytes");
        }
    }

    /** The same, for reading alone. */
    public Qcow2Options asReadOnly() {
        return new Qcow2Options(true, discard, follow, opener, l2CacheBytesMax);
    }

    /** The same, with discards as {@code wanted}. */
    public Qcow2Options withDiscard(Discard wanted) {
        return new Qcow2Options(readOnly, wanted, follow, opener, l2CacheBytesMax);
    }

    /** The same, leading elsewhere. */
    public Qcow2Options withFollow(Follow wanted) {
        return new Qcow2Options(readOnly, discard, wanted, opener, l2CacheBytesMax);
    }

    /** The same, with another opener. */
    public Qcow2Options withOpener(BackingOpener wanted) {
        return new Qcow2Options(readOnly, discard, follow, wanted, l2CacheBytesMax);
    }

    /** The same, with another bound of the L2 cache. */
    public Qcow2Options withL2CacheBytesMax(long wanted) {
        return new Qcow2Options(readOnly, discard, follow, opener, wanted);
    }
}
