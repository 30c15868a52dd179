package dev.pirn.block.qcow2;

import dev.pirn.block.CacheMode;
import dev.pirn.block.Discard;
import dev.pirn.block.Engine;
import dev.pirn.block.RawOptions;
import java.util.Objects;

/**
 * How a qcow2 image is opened.
 *
 * @param files how its file is opened, and those that it leads to, the backing files for reading alone; with
 *     {@link Discard#UNMAP} clusters are freed, and holes punched into the file
 * @param follow which other files it may lead to
 * @param opener what opens those that are no files, if {@code follow} allows; null for nobody
 * @param l2CacheBytesMax how much of the L2 tables is kept in memory; 0 for as much as the disk has, up to 32
 *     MiB, as QEMU does
 */
public record Qcow2Options(RawOptions files, Follow follow, BackingOpener opener, long l2CacheBytesMax) {
    /** For reading and writing; discards are ignored, and files of the image's own folder are followed. */
    public static final Qcow2Options DEFAULT = new Qcow2Options(RawOptions.DEFAULT, Follow.FOLDER, null, 0);

    /** Refuses null and less than nothing. */
    public Qcow2Options {
        Objects.requireNonNull(files, "files");
        Objects.requireNonNull(follow, "follow");
        if (l2CacheBytesMax < 0) {
            throw new IllegalArgumentException("an L2 cache of " + l2CacheBytesMax + " bytes");
        }
    }

    /** Whether it is opened for reading alone. */
    public boolean readOnly() {
        return files.readOnly();
    }

    /** What becomes of storage that is not needed. */
    public Discard discard() {
        return files.discard();
    }

    /** The same, for reading alone. */
    public Qcow2Options asReadOnly() {
        return with(files.asReadOnly());
    }

    /** The same, with discards as {@code wanted}. */
    public Qcow2Options withDiscard(Discard wanted) {
        return with(files.with(wanted));
    }

    /** The same, with that engine. */
    public Qcow2Options with(Engine wanted) {
        return with(files.with(wanted));
    }

    /** The same, with that cache mode. */
    public Qcow2Options with(CacheMode wanted) {
        return with(files.with(wanted));
    }

    /** The same, with files opened so. */
    public Qcow2Options with(RawOptions wanted) {
        return new Qcow2Options(wanted, follow, opener, l2CacheBytesMax);
    }

    /** The same, leading elsewhere. */
    public Qcow2Options withFollow(Follow wanted) {
        return new Qcow2Options(files, wanted, opener, l2CacheBytesMax);
    }

    /** The same, with another opener. */
    public Qcow2Options withOpener(BackingOpener wanted) {
        return new Qcow2Options(files, follow, wanted, l2CacheBytesMax);
    }

    /** The same, with another bound of the L2 cache. */
    public Qcow2Options withL2CacheBytesMax(long wanted) {
        return new Qcow2Options(files, follow, opener, wanted);
    }
}
