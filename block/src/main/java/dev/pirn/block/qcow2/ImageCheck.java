package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Compares how often clusters are counted with how often they are referred to, and each mark with the count.
 * Reads the file, and nothing that an open image has in memory.
 *
 * <pre>
 *   MetadataWalk, RefcountBlocks.refer ──▶ References ──▶ RefcountBlocks.compare      window by window
 *                                                         CopiedMarks                 at last
 * </pre>
 */
final class ImageCheck {
    private final CheckedFile image;
    private final Findings findings = new Findings();
    private final References references;
    private MetadataWalk walk;
    private RefcountBlocks counts;
    private boolean bitmapsAreBad;

    ImageCheck(CheckedFile image, int pagesMax) {
        this.image = image;
        this.references = new References(image.geometry().clusterBits(), pagesMax);
    }

    /** Checks an image that nobody writes to, as its file is now. Suspends. */
    @CoroutineFn
    static CheckReport of(StorageFile file, int pagesMax) throws IOException {
        CheckedFile image = CheckedFile.open(file);
        var check = new ImageCheck(image, pagesMax);
        check.compare(RefcountBlocks.Fix.NOTHING);
        check.compareMarks(false);
        return check.findings.report(image.header());
    }

    /** Drops entries that cannot be right, from the file. Suspends. */
    @CoroutineFn
    void dropEntries() throws IOException {
        var unfixed = new RefcountBlocks(image, new Findings());
        unfixed.load();
        references.begin(0);
        walk(unfixed, true);
        image.file().flush();
    }

    /** Counts all, and compares, and changes counts in the file. Suspends. */
    @CoroutineFn
    void compare(RefcountBlocks.Fix fix) throws IOException {
        counts = new RefcountBlocks(image, findings);
        counts.load();
        for (long from = 0; from < Long.MAX_VALUE; from = references.limit()) {
            findings.mute(from > 0);
            references.begin(from);
            walk(counts, false);
            findings.mute(false);
            counts.refer(references);
            counts.compare(references, fix);
        }
        counts.write();
    }

    @CoroutineFn
    private void walk(RefcountBlocks with, boolean fix) throws IOException {
        walk = new MetadataWalk(image, references, findings, with, fix);
        walk.run();
        bitmapsAreBad |= walk.hasBadBitmaps();
    }

    /** Whether bitmaps cannot be right: then none of them can be relied upon. */
    boolean hasBadBitmaps() {
        return bitmapsAreBad;
    }

    /** Compares the marks with the counts in the file, and changes marks in the file. Suspends. */
    @CoroutineFn
    void compareMarks(boolean fix) throws IOException {
        new CopiedMarks(image, counts, findings, fix).run(walk.tables());
    }

    Findings findings() {
        return findings;
    }

    /** Whether counts cannot be put right where they stand. */
    boolean needsNewCounts() {
        return counts.isUnusable();
    }

    MetadataWalk walk() {
        return walk;
    }

    /** Whether something else is where the active L1 table is, or would have to be: behind the file's end. */
    boolean needsNewL1() {
        Header header = image.header();
        long length = (long) header.l1Entries() * Long.BYTES;
        if (length == 0) return false;
        if (!image.holds(header.l1Offset(), length)) return true;
        long last = header.l1Offset() + length - 1 >>> header.clusterBits();
        for (long each = header.l1Offset() >>> header.clusterBits(); each <= last; each++) {
            if (references.isInWindow(each) && references.get(each) > 1) return true;
        }
        return false;
    }

    /** The first cluster behind all that is referred to. */
    long end() {
        return references.end();
    }

    /** Copies the active L1 table to the end of the file, where it is alone. Suspends. */
    @CoroutineFn
    void moveL1() throws IOException {
        Header header = image.header();
        MemorySegment l1 = Slice.allocate(header.l1Entries() * Long.BYTES);
        image.file().read(header.l1Offset(), l1);
        long at = image.append(l1, end());
        image.file().flush();
        image.headerFile().updateSafely(each -> each.withSize(each.size(), each.l1Entries(), at));
    }
}
