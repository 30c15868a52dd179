package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The header extension that names the bitmap directory, changed where it stands ("Bitmaps extension").
 *
 * <pre>
 *   0       4          8      12         16               24
 *   │ type  │ length   │ count│ reserved │ directory size │ directory at │
 * </pre>
 *
 * <p>Each step is a write within one sector, or of what nobody looks at yet, and a flush. What does not fit a
 * sector is changed while the autoclear bit is clear: a crash then leaves no bitmaps, and never wrong ones.
 */
final class BitmapsExtension {
    private static final int HEAD_SIZE = 8;
    private static final int SIZE = HEAD_SIZE + BitmapDirectory.EXTENSION_SIZE;

    private final Image image;
    private final long bit = Feature.BITMAPS.mask();
    private ByteBuffer area;
    /** Where the extension stands; below 0 if there is none. */
    private int at;
    /** Where all extensions end, before the end mark. */
    private int end;

    BitmapsExtension(Image image) {
        this.image = image;
    }

    /** Has it name this directory, which is on stable storage. Suspends. */
    @CoroutineFn
    void set(int count, Area directory) throws IOException {
        find();
        ByteBuffer data = ByteBuffer.allocateDirect(BitmapDirectory.EXTENSION_SIZE + Long.BYTES);
        data.putInt(0, count).putLong(8, directory.length()).putLong(16, directory.at());
        MemorySegment bytes = MemorySegment.ofBuffer(data);
        if (at < 0) {
            append(bytes);
        } else {
            MemorySegment fields = bytes.asSlice(0, BitmapDirectory.EXTENSION_SIZE);
            int first = at + HEAD_SIZE;
            int last = at + SIZE - 1;
            if (first / Header.SECTOR_SIZE != last / Header.SECTOR_SIZE) setBit(false);
            write(first, fields);
        }
        setBit(true);
    }

    /** Has the image name none. Suspends. */
    @CoroutineFn
    void remove() throws IOException {
        setBit(false);
        find();
        // Others behind it stay where they are: without the bit it means nothing.
        if (at >= 0 && at + SIZE == end) write(at, Slice.allocate(Long.BYTES));
    }

    @CoroutineFn
    private void setBit(boolean on) throws IOException {
        image.headerFile().updateSafely(each ->
                each.withAutoclear(on ? each.autoclear() | bit : each.autoclear() & ~bit));
    }

    @CoroutineFn
    private void write(long offset, MemorySegment bytes) throws IOException {
        image.file().write(offset, bytes);
        image.file().flush();
    }

    @CoroutineFn
    private void find() throws IOException {
        MemorySegment bytes = Slice.allocate(image.geometry().clusterSize());
        image.file().read(0, bytes);
        area = bytes.asByteBuffer();
        at = -1;
        end = image.header().headerLength();
        for (HeaderExtension each : HeaderExtension.parse(image.name(), area, end, limit())) {
            if (each.type() == HeaderExtension.BITMAPS) {
                at = end;
                if (each.size() != SIZE) {
                    throw BadImageException.of(image.name(), "the bitmaps extension at %d has %d bytes, not "
                            + "%d", at, each.size(), SIZE);
                }
            }
            end += each.size();
        }
    }

    /** Extensions end before the backing file's name. */
    private int limit() {
        long name = image.header().backingOffset();
        return name > 0 ? (int) name : image.geometry().clusterSize();
    }

    /** First what is behind the old end mark, then the head in place of that. */
    @CoroutineFn
    private void append(MemorySegment dataAndEnd) throws IOException {
        if (end + HEAD_SIZE > limit()) throw noRoom();
        if (end + SIZE + Long.BYTES > limit()) moveName(end + SIZE + Long.BYTES);
        write(end + HEAD_SIZE, dataAndEnd);
        ByteBuffer head = ByteBuffer.allocateDirect(HEAD_SIZE);
        head.putInt(0, HeaderExtension.BITMAPS).putInt(4, BitmapDirectory.EXTENSION_SIZE);
        write(end, MemorySegment.ofBuffer(head));
    }

    @CoroutineFn
    private void moveName(int from) throws IOException {
        int old = (int) image.header().backingOffset();
        int length = image.header().backingSize();
        int to = Math.max(from, old + length); // Apart from where it stands, and is true until we are done.
        if (old == 0 || to + length > image.geometry().clusterSize()) throw noRoom();
        byte[] name = new byte[length];
        area.get(old, name);
        MemorySegment bytes = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(length).put(0, name));
        write(to, bytes);
        image.headerFile().updateSafely(each -> each.withBacking(to, length));
    }

    private IOException noRoom() {
        return new IOException("%s: the header, its extensions and the backing file's name leave no room for "
                .formatted(image.name()) + "bitmaps in a cluster of " + image.geometry().clusterSize());
    }
}
