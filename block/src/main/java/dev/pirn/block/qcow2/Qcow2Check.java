package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for damage in qcow2 images, and repairs it; also of images that {@link Qcow2Image} refuses to open.
 * Nobody else may have the image open for writing meanwhile. No other file is looked at, whatever it names.
 *
 * <pre>
 *   repair:  entries that cannot be right are dropped ──▶ L1 table, snapshot table, bitmaps
 *            ──▶ counts, where they stand or all anew ──▶ marks ──▶ checked again ──▶ header bits are cleared
 * </pre>
 *
 * <p>Each arrow is a flush. Wherever a repair ends, another one can begin.
 */
public final class Qcow2Check {
    /** A repair may bring to light what was hidden behind what it repaired. */
    private static final int ROUNDS_MAX = 3;

    private Qcow2Check() { }

    /**
     * Looks for damage. Takes some 40 MB at most, however large the image is. Suspends.
     *
     * @throws BadImageException if it is no image, or one that needs what is not known here: there is
     *     nothing to be checked then
     * @throws IOException if it cannot be read
     */
    @CoroutineFn
    public static CheckReport check(StorageFile file) throws IOException {
        return ImageCheck.of(file, References.PAGES_MAX);
    }

    /** As {@link #check(StorageFile)}, of the image at {@code path}. Suspends. */
    @CoroutineFn
    public static CheckReport check(Path path, ThreadPool pool) throws IOException {
        try (StorageFile file = pool.call(() -> StorageFile.open(path, RawOptions.ofReadOnly(), pool))) {
            return check(file);
        }
    }

    /**
     * Repairs what is wrong, and looks again; if nothing is wrong then, leaks apart, the dirty bit and the
     * corrupt bit are cleared. On stable storage when it returns. Suspends.
     *
     * @return what is left, and what was repaired; its messages say what that was
     * @throws IOException as of {@link #check}, or if it cannot be written, or needs more room than there is:
     *     it can be repaired again then
     */
    @CoroutineFn
    public static CheckReport repair(StorageFile file, Repair what) throws IOException {
        return repair(file, what, References.PAGES_MAX);
    }

    /** As {@link #repair(StorageFile, Repair)}, of the image at {@code path}. Suspends. */
    @CoroutineFn
    public static CheckReport repair(Path path, Repair what, ThreadPool pool) throws IOException {
        try (StorageFile file = pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool))) {
            return repair(file, what);
        }
    }

    /**
     * What stands in the first cluster of an image that shall be written to, when that may be done: marked as
     * dirty it is repaired first, as QEMU does. Suspends.
     *
     * @throws BadImageException if it may not: it is marked as corrupt, or cannot be repaired
     */
    @CoroutineFn
    static Preamble toWrite(StorageFile file, Preamble preamble) throws IOException {
        if (preamble.header().isCorrupt()) {
            throw BadImageException.of(file.name(), "marked as corrupt: it can be opened for reading alone, "
                    + "until it is repaired");
        }
        if (!preamble.header().isDirty()) return preamble;
        CheckReport report = repair(file, Repair.ALL);
        if (report.isSound()) return Preamble.read(file);
        throw BadImageException.of(file.name(), "marked as dirty, and cannot be repaired, so that it can be "
                + "opened for reading alone: %s", report.messages().getLast());
    }

    @CoroutineFn
    static CheckReport repair(StorageFile file, Repair what, int pagesMax) throws IOException {
        CheckReport found = ImageCheck.of(file, pagesMax);
        CheckReport left = found;
        var done = new ArrayList<String>();
        for (int i = 0; i < ROUNDS_MAX; i++) {
            // The first also finds counts behind the file's end, which are no leaks before it grows.
            if (left.isClean() && (i > 0 || what == Repair.LEAKS)) break;
            if (what == Repair.ALL) repairAll(file, pagesMax, done);
            else repairLeaks(file, pagesMax);
            file.flush();
            left = ImageCheck.of(file, pagesMax);
        }
        if (left.isSound()) markSound(file);
        return left.after(found, done);
    }

    @CoroutineFn
    private static void markSound(StorageFile file) throws IOException {
        long bits = Feature.DIRTY.mask() | Feature.CORRUPT.mask();
        CheckedFile image = CheckedFile.open(file);
        image.headerFile().updateSafely(each -> each.withIncompatible(each.incompatible() & ~bits));
    }

    @CoroutineFn
    private static void repairLeaks(StorageFile file, int pagesMax) throws IOException {
        CheckedFile image = CheckedFile.open(file);
        var check = new ImageCheck(image, pagesMax);
        check.compare(new RefcountBlocks.Fix(false, true));
        file.flush();
        check.compareMarks(check.findings().isSound());
    }

    @CoroutineFn
    private static void repairAll(StorageFile file, int pagesMax, List<String> done) throws IOException {
        CheckedFile image = CheckedFile.open(file);
        var check = new ImageCheck(image, pagesMax);
        check.dropEntries();
        // From here on the file grows: no entry leads behind its end any more.
        if (check.hasBadBitmaps()) {
            dropBitmaps(image, done);
            check = new ImageCheck(image, pagesMax);
            check.dropEntries(); // Nothing more; but what only bitmaps refer to stands in nobody's way now.
        }
        if (check.walk().snapshots().isBad()) repairSnapshots(image, check, done);
        if (check.needsNewL1()) {
            done.add("Repairing: the active L1 table is moved");
            check.moveL1();
        }
        repairCounts(file, pagesMax, done);
    }

    @CoroutineFn
    private static void dropBitmaps(CheckedFile image, List<String> done) throws IOException {
        done.add("Repairing: bitmaps are dropped, all of them");
        image.headerFile().updateSafely(each ->
                each.withAutoclear(each.autoclear() & ~Feature.BITMAPS.mask()));
    }

    @CoroutineFn
    private static void repairSnapshots(CheckedFile image, ImageCheck check, List<String> done)
            throws IOException {
        SnapshotScan.Fixed fixed = check.walk().snapshots().fixed();
        done.add("Repairing: the snapshot table is written anew, with " + fixed.count() + " snapshots");
        long at = fixed.count() == 0 ? 0 : image.append(fixed.table(), check.end());
        image.file().flush();
        image.headerFile().updateSafely(each -> each.withSnapshots(fixed.count(), at));
    }

    @CoroutineFn
    private static void repairCounts(StorageFile file, int pagesMax, List<String> done) throws IOException {
        CheckedFile image = CheckedFile.open(file);
        var check = new ImageCheck(image, pagesMax);
        check.compare(RefcountBlocks.Fix.NOTHING);
        if (check.hasBadBitmaps()) { // Seen only now: of large images not all is looked at at a time.
            dropBitmaps(image, done);
            check = new ImageCheck(image, pagesMax);
            check.compare(RefcountBlocks.Fix.NOTHING);
        }
        if (check.needsNewCounts()) {
            done.add("Repairing: all refcounts are counted anew, in a new table");
            RefcountRebuild.run(image, pagesMax);
            image = CheckedFile.open(file);
        }
        check = new ImageCheck(image, pagesMax);
        check.compare(new RefcountBlocks.Fix(true, true));
        file.flush();
        check.compareMarks(true);
    }
}
