package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;

/**
 * Whether entries say truly that what they lead to is their own: written in place ("OFLAG_COPIED" of the
 * format's text: refcount exactly one). Of the active tables alone, for in snapshots the mark means nothing.
 */
final class CopiedMarks {
    private final CheckedFile image;
    private final RefcountBlocks counts;
    private final Findings findings;
    private final boolean fix;

    CopiedMarks(CheckedFile image, RefcountBlocks counts, Findings findings, boolean fix) {
        this.image = image;
        this.counts = counts;
        this.findings = findings;
        this.fix = fix;
    }

    /** Compares each mark with the count in the file. Suspends. */
    @CoroutineFn
    void run(L2Tables tables) throws IOException {
        long l1 = image.header().l1Offset();
        long length = (long) image.header().l1Entries() * Long.BYTES;
        image.eachWord(l1, length, (at, words) -> {
            boolean changed = false;
            for (int i = 0; i < words.length; i++) {
                boolean inside = at + (long) i * Long.BYTES < l1 + length;
                if ((words[i] & L2Entry.HOST_MASK) != 0 && inside) changed |= compare(at, words, i, 1);
            }
            return changed;
        });
        int step = image.geometry().entryWords();
        for (int i = 0; i < tables.size(); i++) {
            int times = tables.active(i);
            if (times == 0) continue;
            image.eachWord(tables.at(i), image.clusterSize(), (at, words) -> {
                boolean changed = false;
                for (int j = 0; j < words.length; j += step) {
                    if (isMarked(words[j])) changed |= compare(at, words, j, times);
                }
                return changed;
            });
        }
    }

    /** Whether the mark of an L2 entry means anything. */
    private boolean isMarked(long word) {
        if ((word & L2Entry.COMPRESSED) != 0) return false;
        return (word & L2Entry.HOST_MASK) != 0
                || image.header().hasDataFile() && (word & L2Entry.COPIED) != 0;
    }

    /** Of the word at {@code index} of those that stand from {@code from} on; whether it is changed. */
    @CoroutineFn
    private boolean compare(long from, long[] words, int index, int times) throws IOException {
        long at = from + (long) index * Long.BYTES;
        long word = words[index];
        boolean marked = (word & L2Entry.COPIED) != 0;
        long host = word & L2Entry.HOST_MASK;
        boolean data = image.header().hasDataFile() && !isInL1(at); // Never counted, and always its own.
        long count = data ? 1 : counts.get(host >>> image.geometry().clusterBits());
        if (marked == (count == 1)) return false;
        findings.corrupt(times, "the entry at %d is 0x%016x: %smarked as its own, but cluster %d is counted "
                + "%d times", at, word, marked ? "" : "not ", host >>> image.geometry().clusterBits(), count);
        if (fix) words[index] ^= L2Entry.COPIED;
        return fix;
    }

    private boolean isInL1(long at) {
        long l1 = image.header().l1Offset();
        return at >= l1 && at < l1 + (long) image.header().l1Entries() * Long.BYTES;
    }
}
