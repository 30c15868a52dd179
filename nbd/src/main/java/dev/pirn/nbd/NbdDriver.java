package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.Buffer;
import dev.pirn.block.Discard;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what is asked for into requests that the server takes.
 *
 * <pre>
 *              ├─ block ─┼─ block ─┼─ block ─┼─ block ─┤
 *   asked for:      ├────┼─────────┼─────────┼──┤
 *                    edge    middle: no longer   edge
 *                            than the server's
 *                            maximum, each
 *
 *   an edge is read to a buffer, and for a write written back whole, alone with the block
 * </pre>
 *
 * <p>A request from another loop than the connection's is done by a coroutine there.
 */
final class NbdDriver implements Driver {
    private static final MemorySegment ZEROES =
            Arena.global().allocate(Limits.ZEROES_SIZE, 64).asReadOnly();

    private final Session session;
    private final Calls calls;
    private final Agreed agreed;
    private final int blockSize;
    private final boolean unmap;
    private final RangeLock blocks = new RangeLock();
    /** Bytes of the longest request without data. */
    private long rangeSizeMax;

    NbdDriver(Session session, Discard discard) {
        this.unmap = discard == Discard.UNMAP;
        this.session = session;
        this.calls = session.calls();
        this.agreed = session.agreed();
        this.blockSize = agreed.blockSizeMin();
        this.rangeSizeMax = agreed.framing() == Framing.EXTENDED ? Limits.EXTENDED_RANGE_SIZE_MAX
                : Limits.RANGE_SIZE_MAX;
    }

    @Override
    public long size() {
        return agreed.size();
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        if (session.isHere()) doRead(offset, target); else session.there(() -> doRead(offset, target));
    }

    @CoroutineFn
    private void doRead(long offset, MemorySegment target) throws IOException {
        long end = offset + target.byteSize();
        long at = offset;
        while (at < end) {
            long next = next(at, end, agreed.payloadSizeMax());
            MemorySegment piece = target.asSlice(at - offset, next - at);
            if (isAligned(at, next)) calls.read(at, piece); else readEdge(at, piece);
            at = next;
        }
    }

    /** Where the piece that begins at {@code at} ends: an edge, or up to {@code most} bytes of the middle. */
    private long next(long at, long end, long most) {
        long middleEnd = down(end);
        if (at != down(at) || at >= middleEnd) return Math.min(end, down(at) + blockSize);
        return at + Math.min(middleEnd - at, most);
    }

    private boolean isAligned(long start, long end) {
        return start == down(start) && end == down(end);
    }

    private long down(long offset) {
        return offset & -blockSize;
    }

    @CoroutineFn
    private void readEdge(long offset, MemorySegment target) throws IOException {
        Buffer buffer = session.buffers().take(blockSize);
        try {
            MemorySegment block = buffer.payload(blockSize);
            calls.read(down(offset), block);
            MemorySegment.copy(block, offset - down(offset), target, 0, target.byteSize());
        } finally {
            buffer.release();
        }
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        write(offset, source, false);
    }

    @Override
    public void write(long offset, MemorySegment source, boolean fua) throws IOException {
        if (session.isHere()) doWrite(offset, source, fua);
        else session.there(() -> doWrite(offset, source, fua));
    }

    @CoroutineFn
    private void doWrite(long offset, MemorySegment source, boolean fua) throws IOException {
        try (var _ = lock(offset, source.byteSize())) {
            long end = offset + source.byteSize();
            for (long at = offset; at < end; ) {
                long next = next(at, end, agreed.payloadSizeMax());
                MemorySegment piece = source.asSlice(at - offset, next - at);
                if (isAligned(at, next)) calls.write(at, piece, flags(fua)); else writeEdge(at, piece, fua);
                at = next;
            }
        }
        if (fua) flushIfNoFua();
    }

    private int flags(boolean fua) {
        return fua && agreed.has(NBD_FLAG_SEND_FUA) ? NBD_CMD_FLAG_FUA : 0;
    }

    @CoroutineFn
    private void flushIfNoFua() throws IOException {
        if (!agreed.has(NBD_FLAG_SEND_FUA)) calls.flush();
    }

    /** Alone with the blocks, or null where blocks are bytes. */
    @CoroutineFn
    private RangeLock.Held lock(long offset, long length) {
        if (blockSize == 1) return null;
        return blocks.lock(down(offset), down(offset + length + blockSize - 1));
    }

    @CoroutineFn
    private void writeEdge(long offset, MemorySegment source, boolean fua) throws IOException {
        Buffer buffer = session.buffers().take(blockSize);
        try {
            MemorySegment block = buffer.payload(blockSize);
            calls.read(down(offset), block);
            MemorySegment.copy(source, 0, block, offset - down(offset), source.byteSize());
            calls.write(down(offset), block, flags(fua));
        } finally {
            buffer.release();
        }
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        writeZeroes(offset, length, mayUnmap, false);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) throws IOException {
        int flags = zeroesFlags(mayUnmap, fua);
        if (session.isHere()) doWriteZeroes(offset, length, flags, fua);
        else session.there(() -> doWriteZeroes(offset, length, flags, fua));
    }

    @Override
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        if (!agreed.has(NBD_FLAG_SEND_WRITE_ZEROES) || !agreed.has(NBD_FLAG_SEND_FAST_ZERO)) return false;
        int flags = zeroesFlags(mayUnmap, fua) | NBD_CMD_FLAG_FAST_ZERO;
        try {
            if (session.isHere()) doWriteZeroes(offset, length, flags, fua);
            else session.there(() -> doWriteZeroes(offset, length, flags, fua));
            return true;
        } catch (UnsupportedRequestException e) {
            return false;
        }
    }

    private int zeroesFlags(boolean mayUnmap, boolean fua) {
        return flags(fua) | (mayUnmap && unmap ? 0 : NBD_CMD_FLAG_NO_HOLE);
    }

    @CoroutineFn
    private void doWriteZeroes(long offset, long length, int flags, boolean fua) throws IOException {
        boolean able = agreed.has(NBD_FLAG_SEND_WRITE_ZEROES);
        long most = able ? rangeSizeMax : Math.min(agreed.payloadSizeMax(), Limits.ZEROES_SIZE);
        try (var _ = lock(offset, length)) {
            long end = offset + length;
            for (long at = offset; at < end; ) {
                long next = next(at, end, most);
                if (!isAligned(at, next)) {
                    writeEdge(at, ZEROES.asSlice(0, next - at), fua);
                } else if (able) {
                    inShorterOnes(NBD_CMD_WRITE_ZEROES, flags, at, next);
                } else {
                    calls.write(at, ZEROES.asSlice(0, next - at), flags(fua));
                }
                at = next;
            }
        }
        if (fua) flushIfNoFua();
    }

    /** Leaves the edges: they are of blocks that somebody may still need. */
    @Override
    public void discard(long offset, long length) throws IOException {
        if (!unmap || !agreed.has(NBD_FLAG_SEND_TRIM)) return;
        if (session.isHere()) doDiscard(offset, length); else session.there(() -> doDiscard(offset, length));
    }

    @CoroutineFn
    private void doDiscard(long offset, long length) throws IOException {
        try (var _ = lock(offset, length)) {
            inShorterOnes(NBD_CMD_TRIM, 0, down(offset + blockSize - 1), down(offset + length));
        }
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        if (!agreed.has(NBD_FLAG_SEND_CACHE)) return;
        long start = down(offset);
        long end = down(offset + length + blockSize - 1);
        if (session.isHere()) inShorterOnes(NBD_CMD_CACHE, 0, start, end);
        else session.there(() -> inShorterOnes(NBD_CMD_CACHE, 0, start, end));
    }

    /** Sends requests without data, of whole blocks, as long as they may be. */
    @CoroutineFn
    private void inShorterOnes(int type, int flags, long start, long end) throws IOException {
        for (long at = start; at < end; ) {
            long next = at + Math.min(end - at, rangeSizeMax);
            try {
                calls.command(type, flags, at, next - at);
                at = next;
            } catch (TooLongException e) {
                if (next - at <= Limits.RANGE_SIZE_MAX) throw e;
                rangeSizeMax = Limits.RANGE_SIZE_MAX;
            }
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        if (!agreed.allocation()) return List.of(Extent.ofData(length));
        if (session.isHere()) return doExtents(offset, length, countMax);
        var extents = new ArrayList<Extent>();
        session.there(() -> extents.addAll(doExtents(offset, length, countMax)));
        return extents;
    }

    @CoroutineFn
    private List<Extent> doExtents(long offset, long length, int countMax) throws IOException {
        long start = down(offset);
        long end = down(offset + length + blockSize - 1);
        var extents = new ArrayList<Extent>();
        for (Extent each : status(start, end - start, countMax)) {
            long first = Math.max(start, offset);
            start += each.length();
            long last = Math.min(start, offset + length);
            if (last > first) extents.add(new Extent(last - first, each.isHole(), each.isZero()));
        }
        return extents;
    }

    @CoroutineFn
    private List<Extent> status(long start, long length, int countMax) throws IOException {
        while (true) {
            long asked = Math.min(length, rangeSizeMax);
            try {
                return calls.status(start, asked, countMax);
            } catch (TooLongException e) {
                if (asked <= Limits.RANGE_SIZE_MAX) throw e;
                rangeSizeMax = Limits.RANGE_SIZE_MAX;
            }
        }
    }

    @Override
    public void flush() throws IOException {
        if (session.isHere()) calls.flush(); else session.there(calls::flush);
    }

    @Override
    public void close() {
        session.close();
    }
}
