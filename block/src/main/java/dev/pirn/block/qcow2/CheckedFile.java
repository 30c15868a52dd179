package dev.pirn.block.qcow2;

import dev.pirn.block.Extent;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The file of an image that is checked or repaired, which nobody else has open for writing. Its header can be
 * read; nothing else is known to be right.
 */
final class CheckedFile {
    private static final int PIECE_SIZE = 64 << 10;

    private final StorageFile file;
    private final HeaderFile header;
    private final Geometry geometry;
    private final List<HeaderExtension> extensions;
    private final long size;
    /** Where the clusters end that the longest refcount table can count. */
    private final long countedMax;
    /** Where what was appended ends; 0 for nothing. */
    private long appended;
    private final String end;
    /** What of the file was asked about last, from {@code knownAt} on; null if that may be another now. */
    private Extent known;
    private long knownAt;

    /** Takes words of tables, in the order in which they stand. */
    interface Words {
        /** Takes those from {@code at} on; returns whether it changed any: then they are written. */
        @CoroutineFn
        boolean take(long at, long[] words) throws IOException;
    }

    private CheckedFile(StorageFile file, Preamble preamble) throws IOException {
        this.file = file;
        this.header = new HeaderFile(file, preamble.header());
        this.geometry = Geometry.of(preamble.header());
        this.extensions = preamble.extensions();
        this.size = file.size();
        long entries = HeaderCheck.REFCOUNT_TABLE_SIZE_MAX / Long.BYTES;
        int shift = Math.min(36, 2 * geometry.clusterBits() + 3 - preamble.header().refcountOrder());
        this.countedMax = Math.min(HeaderCheck.OFFSET_MAX, entries << shift);
        this.end = size <= countedMax ? "the file ends at " + size
                : "no refcount table reaches behind " + countedMax;
    }

    /** Reads the header. Suspends. */
    @CoroutineFn
    static CheckedFile open(StorageFile file) throws IOException {
        return new CheckedFile(file, Preamble.readToCheck(file));
    }

    StorageFile file() {
        return file;
    }

    HeaderFile headerFile() {
        return header;
    }

    Header header() {
        return header.header();
    }

    Geometry geometry() {
        return geometry;
    }

    /** The header extension of that type; null for none. */
    HeaderExtension extension(int type) {
        return HeaderExtension.find(extensions, type);
    }

    /** The file's size when it was opened. */
    long size() {
        return size;
    }

    int clusterSize() {
        return geometry.clusterSize();
    }

    /** Clusters of the file; the last one may be cut short. */
    long clusters() {
        return size + clusterSize() - 1 >>> geometry.clusterBits();
    }

    /** Whether such a range can be there: it may lie behind the file's end by less than a cluster. */
    boolean contains(long at, long length) {
        return at >= 0 && at < countedMax && length <= countedMax && at + length <= countedMax
                && at + length - size < clusterSize();
    }

    /** Says where that is, for messages. */
    String end() {
        return end;
    }

    /** Whether all of it can be there: the file's last cluster may be cut short, but nothing lies behind. */
    boolean holds(long at, long length) {
        return contains(at, length) && at + length <= geometry.clusterEnd(size);
    }

    boolean isAligned(long at) {
        return (at & clusterSize() - 1) == 0;
    }

    /** The words from {@code at} on; behind the end of the file they are 0. Suspends. */
    @CoroutineFn
    long[] words(long at, int count) throws IOException {
        MemorySegment bytes = Slice.allocate(count * Long.BYTES);
        file.read(at, bytes);
        return bytes.toArray(Slice.WORD);
    }

    /**
     * Hands on the words of a table that begins at a multiple of 16, but for those in holes, which are 0: a
     * table costs what is stored of it. What is changed of them is written by pieces: an L1 table may have
     * four million wrong entries, and a write for each took 9 s. Suspends.
     */
    @CoroutineFn
    void eachWord(long at, long length, Words user) throws IOException {
        long end = Math.min(at + length, size + 15 & -16);
        MemorySegment bytes = null;
        for (long done = at; done < end; ) {
            Extent extent = extent(done, end);
            if (extent.isZero()) {
                done = Math.max(done + 1, done + extent.length() & -16);
                if ((done & 15) != 0) done = (done | 15) + 1;
                continue;
            }
            long count = Math.min(Math.min(end - done, extent.length() + 15 & -16), PIECE_SIZE);
            if (bytes == null) bytes = Slice.allocate((int) Math.min(end - done, PIECE_SIZE));
            MemorySegment piece = bytes.asSlice(0, count);
            file.read(done, piece);
            long[] words = piece.toArray(Slice.WORD);
            if (user.take(done, words)) {
                MemorySegment.copy(words, 0, piece, Slice.WORD, 0, words.length);
                write(done, piece);
            }
            done += count;
        }
    }

    /** Whether nothing at all is stored of a table. Suspends. */
    @CoroutineFn
    boolean isHole(long at, long length) throws IOException {
        if (at >= size) return true;
        Extent extent = extent(at, at + length);
        return extent.isZero() && extent.length() >= Math.min(length, size - at);
    }

    /** What begins there, not beyond {@code end}. A million tables in one hole cost one system call. */
    @CoroutineFn
    private Extent extent(long at, long end) throws IOException {
        if (at >= size) return Extent.ofHole(end - at);
        if (known == null || at < knownAt || at >= knownAt + known.length()) {
            known = file.extents(at, size - at, 1).getFirst();
            knownAt = at;
        }
        long length = Math.min(end, knownAt + known.length()) - at;
        return new Extent(length, known.isHole(), known.isZero());
    }

    /** Writes what is not bytes of the header. Suspends. */
    @CoroutineFn
    void write(long at, MemorySegment bytes) throws IOException {
        known = null;
        file.write(at, bytes);
    }

    /** Changes words of a table. Suspends. */
    @CoroutineFn
    void set(long at, long... words) throws IOException {
        MemorySegment bytes = Slice.allocate(words.length * Long.BYTES);
        MemorySegment.copy(words, 0, bytes, Slice.WORD, 0, words.length);
        write(at, bytes);
    }

    /** Whether what is new must find room behind what is in use: the file cannot grow. */
    boolean isFixed() {
        return file.sizeMax() < Long.MAX_VALUE;
    }

    /**
     * Writes bytes behind all there is, from the begin of a cluster on. Suspends; returns where.
     *
     * @param end the first cluster behind all that is referred to
     */
    @CoroutineFn
    long append(MemorySegment bytes, long end) throws IOException {
        long at = isFixed() ? Math.max(appended, end << geometry.clusterBits())
                : geometry.clusterEnd(file.size());
        write(at, bytes);
        appended = geometry.clusterEnd(at + bytes.byteSize());
        return at;
    }

    /** Header extension data as a buffer. */
    static ByteBuffer fields(HeaderExtension extension) {
        return ByteBuffer.wrap(extension.data());
    }

    String name() {
        return file.name();
    }
}
