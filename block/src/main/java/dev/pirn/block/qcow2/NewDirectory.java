package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;

/** A directory of bitmaps beside the one in force, which the header is to name next. */
final class NewDirectory {
    private NewDirectory() { }

    /**
     * Writes one, and has all that it names on stable storage, and counted. Suspends.
     *
     * @throws IOException if that fails: it takes nothing then, but the tables that it was to name are there
     */
    @CoroutineFn
    static BitmapDirectory write(Image image, List<BitmapEntry> wanted) throws IOException {
        BitmapDirectory.requireLimits(image.name(), wanted);
        long size = BitmapDirectory.size(wanted);
        var place = new Area(0, 0);
        if (size > 0) {
            MemorySegment bytes = Slice.allocate((int) size);
            ByteBuffer to = bytes.asByteBuffer();
            for (BitmapEntry each : wanted) each.put(to);
            place = new Area(BitmapTable.write(image, bytes, MetadataAreas.Kind.BITMAP), size);
        }
        try {
            image.writeBack().flush(); // Guest data too.
        } catch (IOException e) {
            if (size > 0) BitmapTable.giveBack(image, place, e);
            throw e;
        }
        return new BitmapDirectory(place, List.copyOf(wanted));
    }

    /**
     * Frees what bitmaps take that are not named after all, and share nothing with others. Suspends.
     *
     * @param inForce whose tables stay
     * @param error why; gets what goes wrong meanwhile, and is a leak then
     */
    @CoroutineFn
    static void giveUp(Image image, List<BitmapEntry> wanted, BitmapDirectory inForce, IOException error) {
        var named = new HashSet<Long>();
        for (BitmapEntry each : inForce.entries()) named.add(each.tableAt());
        for (BitmapEntry each : wanted) {
            if (named.contains(each.tableAt())) continue;
            try {
                var table = new BitmapTable(image, each);
                image.areas().removeBitmap(table.place());
                table.release(0);
            } catch (IOException e) {
                error.addSuppressed(e);
            }
        }
    }
}
