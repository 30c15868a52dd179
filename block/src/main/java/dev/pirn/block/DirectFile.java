package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A file past the page cache, whose requests need not be aligned.
 *
 * <pre>
 *   [0, end)     aligned ───────────────────────────────▶ direct
 *                memory is not ──▶ copied by way of Bounce ─▶ direct
 *                range is not ───▶ alone in WriteOrder: read around it, change, write ─▶ direct
 *   [end, size)  what is left behind the last block that can be had directly ─▶ cached
 * </pre>
 *
 * <p>One that grows has no such end: a write of a part of the last block, or of one behind it, makes the file
 * as long as whole blocks are, by zeroes.
 */
final class DirectFile implements RawFile {
    /**
     * The cached end begins at a multiple of this, which no page is larger than: a page of it that is written
     * back would else take old bytes to where others write directly.
     */
    private static final long END_UNIT = 64 << 10;

    private final NativeFile direct;
    private final NativeFile cached;
    private final Alignment alignment;
    private final long end;
    private final WriteOrder order = new WriteOrder();
    private final Bounce bounce = new Bounce();

    private final boolean grows;

    /**
     * Of one file opened twice: {@code direct} with O_DIRECT, which wants {@code alignment}.
     *
     * @param grows whether it may become longer
     */
    DirectFile(NativeFile direct, NativeFile cached, Alignment alignment, boolean grows) throws IOException {
        this.direct = direct;
        this.cached = cached;
        this.alignment = alignment;
        long size = direct.size();
        this.grows = grows;
        if (grows) this.end = Long.MAX_VALUE;
        else this.end = size % alignment.offset() == 0 ? size : size - size % END_UNIT;
    }

    @Override
    public long size() throws IOException {
        return direct.size();
    }

    /** Nothing of it is in the page cache. */
    @Override
    public boolean canSend(long offset, long length) {
        return false;
    }

    @Override
    public void send(long offset, long length, long askedNanos, FileSink sink) {
        throw new IllegalStateException(this + ": cannot be sent past the page cache");
    }

    /** How many of {@code length} bytes at {@code offset} can be had directly. */
    private long before(long offset, long length) {
        return Math.clamp(end - offset, 0, length);
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long length = before(offset, target.byteSize());
        if (length > 0) readDirectly(offset, target.asSlice(0, length));
        if (length < target.byteSize()) cached.read(offset + length, target.asSlice(length));
    }

    @CoroutineFn
    private void readDirectly(long offset, MemorySegment target) throws IOException {
        if (alignment.fits(offset, target)) {
            direct.read(offset, target);
            return;
        }
        long to = offset + target.byteSize();
        MemorySegment piece = bounce.take();
        try {
            for (long at = alignment.down(offset); at < to; at += Bounce.SIZE) {
                long length = Math.min(Bounce.SIZE, alignment.up(to) - at);
                direct.readAtLeast(at, piece.asSlice(0, length), Math.min(length, to - at));
                copyPiece(piece, at, length, target, offset, false);
            }
        } finally {
            bounce.giveBack(piece);
        }
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = before(offset, source.byteSize());
        if (length > 0) writeDirectly(offset, source.asSlice(0, length));
        if (length < source.byteSize()) cached.write(offset + length, source.asSlice(length));
    }

    @CoroutineFn
    private void writeDirectly(long offset, MemorySegment source) throws IOException {
        long from = alignment.down(offset);
        long to = alignment.up(offset + source.byteSize());
        boolean whole = to - from == source.byteSize();
        WriteOrder.Range range = order.enter(from, to, !whole);
        try {
            if (alignment.fits(offset, source)) direct.write(offset, source);
            else writeByPieces(from, to, offset, source);
        } finally {
            order.leave(range);
        }
    }

    @CoroutineFn
    private void writeByPieces(long from, long to, long offset, MemorySegment source) throws IOException {
        MemorySegment piece = bounce.take();
        try {
            for (long at = from; at < to; at += Bounce.SIZE) {
                long length = Math.min(Bounce.SIZE, to - at);
                readAround(piece, at, length, offset, offset + source.byteSize());
                copyPiece(piece, at, length, source, offset, true);
                direct.write(at, piece.asSlice(0, length));
            }
        } finally {
            bounce.giveBack(piece);
        }
    }

    /** Reads those blocks of a piece of which the request has only parts. */
    @CoroutineFn
    private void readAround(MemorySegment piece, long at, long length, long from, long to)
            throws IOException {
        int block = alignment.offset();
        boolean first = from > at;
        long last = at + length - block;
        if (first) readBlock(at, piece.asSlice(0, block));
        if (to < at + length && !(first && last == at)) {
            readBlock(last, piece.asSlice(last - at, block));
        }
    }

    /** Behind the end of a file that grows are zeroes. Nobody else writes to the block meanwhile. */
    @CoroutineFn
    private void readBlock(long at, MemorySegment block) throws IOException {
        long there = grows ? Math.clamp(direct.size() - at, 0, block.byteSize()) : block.byteSize();
        if (there > 0) direct.readAtLeast(at, block, there);
        block.asSlice(there).fill((byte) 0);
    }

    /** Copies what {@code length} bytes at {@code at} and the request's memory at {@code offset} share. */
    private static void copyPiece(MemorySegment piece, long at, long length, MemorySegment memory,
            long offset, boolean intoPiece) {
        long from = Math.max(at, offset);
        long count = Math.min(at + length, offset + memory.byteSize()) - from;
        if (intoPiece) MemorySegment.copy(memory, from - offset, piece, from - at, count);
        else MemorySegment.copy(piece, from - at, memory, from - offset, count);
    }

    /** One flush is for the whole file, whoever has written. */
    @Override
    public void flush() throws IOException {
        direct.flush();
    }

    @Override
    public void resize(long size) throws IOException {
        if (grows) {
            direct.resize(size);
            return;
        }
        throw new IOException(this + ": a file past the page cache keeps its size");
    }

    @Override
    public Outcome allocate(int mode, long offset, long length) throws IOException {
        WriteOrder.Range range = order.enter(alignment.down(offset), alignment.up(offset + length), false);
        try {
            return direct.allocate(mode, offset, length);
        } finally {
            order.leave(range);
        }
    }

    /** There is no cache to read ahead into. */
    @Override
    public boolean willNeed(long offset, long length) {
        return true;
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        return direct.extents(offset, length, countMax);
    }

    @Override
    public void close() {
        direct.close();
        cached.close();
        bounce.close();
    }

    @Override
    public String toString() {
        return direct.toString();
    }
}
