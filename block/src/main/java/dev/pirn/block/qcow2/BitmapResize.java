package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Has bitmaps follow a disk that becomes longer, where nothing new is dirty, or shorter.
 *
 * <pre>
 *   stored ──begin──▶ all marked as in use ──(the disk is resized)──end──▶ stored, of the disk's size
 *     ▲                   └─cancel, and the disk is as before─┐
 *     └───────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>The disk's size and the bitmaps' are in different sectors: a crash between them finds the marks.
 */
final class BitmapResize {
    private final Image image;
    private final Bitmaps bitmaps;
    private final long sizeBefore;
    private final List<BitmapEntry> before;
    /** Whether the disk may be changed. */
    private boolean begun;

    /** For bitmaps that are stored, and in memory. */
    BitmapResize(Image image, Bitmaps bitmaps) {
        this.image = image;
        this.bitmaps = bitmaps;
        this.sizeBefore = image.header().size();
        this.before = bitmaps.entries();
    }

    /**
     * Marks them, on stable storage.
     *
     * @throws IOException if one of them cannot be used, or not with a disk of that size: none is marked
     */
    @CoroutineFn
    void begin(long size) throws IOException {
        bitmaps.requireResizable(size);
        if (size == sizeBefore || before.isEmpty()) return;
        var marked = before.stream().map(each -> each.with(BitmapEntry.IN_USE, 0)).toList();
        try {
            bitmaps.mark(marked);
        } catch (IOException e) {
            bitmaps.assume(marked); // Some of them may be.
            cancel(size, e);
            throw e;
        }
        begun = true;
    }

    /**
     * Has them stored for the disk as it is after an error, to which is added what goes wrong meanwhile. Of
     * one that should have become shorter, and did not, nobody knows what it lost: they stay marked.
     */
    @CoroutineFn
    void cancel(long wanted, IOException error) {
        try {
            if (image.header().size() != sizeBefore) end();
            else if (wanted > sizeBefore || !begun) bitmaps.mark(before);
        } catch (IOException e) {
            error.addSuppressed(e);
        }
    }

    /** Stores them for the disk as it is now. */
    @CoroutineFn
    void end() throws IOException {
        long size = image.header().size();
        if (size == sizeBefore || before.isEmpty()) return;
        var resized = new ArrayList<BitmapEntry>();
        var gone = new ArrayList<Bitmaps.Gone>();
        for (BitmapEntry each : before) {
            var table = new BitmapTable(image, each).resize(sizeBefore, size);
            resized.add(table.entry());
            gone.add(new Bitmaps.Gone(each, table.gone()));
        }
        bitmaps.commit(resized, gone);
    }
}
