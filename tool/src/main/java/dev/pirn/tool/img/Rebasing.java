package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes into an image what it would read otherwise on another backing file.
 *
 * <pre>
 *   image stores it? ──yes──▶ stays
 *     └─no─▶ old backing file's bytes = new one's? ──yes──▶ stays
 *                └─no─▶ the old ones are written into the image, cluster by cluster
 * </pre>
 */
final class Rebasing {
    private final DiskImage image;
    /** What it stands on, and what it will; null for nothing, which reads as zeroes. */
    private final BlockDevice before;
    private final BlockDevice after;
    private final Progress progress;
    private final int unit;

    Rebasing(DiskImage image, BlockDevice before, BlockDevice after, Progress progress) {
        this.image = image;
        this.before = before;
        this.after = after;
        this.progress = progress;
        this.unit = image.qcow2().header().clusterSize();
    }

    /** Does so for all of it. Suspends. */
    @CoroutineFn
    void run() throws IOException {
        var pieces = new Pieces(image.ownRuns(), 0, image.size(), Copier.PIECE_SIZE, 1);
        try (var arena = Arena.ofShared()) {
            MemorySegment old = arena.allocate(Copier.PIECE_SIZE, Long.BYTES);
            MemorySegment other = arena.allocate(Copier.PIECE_SIZE, Long.BYTES);
            for (Pieces.Piece piece; (piece = pieces.next()) != null; ) {
                if (piece.kind() == Pieces.Kind.BACKING) keep(piece, old, other);
                progress.did(piece.length());
            }
        }
    }

    /** Pieces that are the backing file's are of any length. */
    @CoroutineFn
    private void keep(Pieces.Piece piece, MemorySegment old, MemorySegment other) throws IOException {
        long end = piece.offset() + piece.length();
        for (long at = piece.offset(); at < end; ) {
            long length = Math.min(end - at, Copier.PIECE_SIZE - at % Copier.PIECE_SIZE);
            MemorySegment mine = old.asSlice(0, length);
            MemorySegment theirs = other.asSlice(0, length);
            read(before, at, mine);
            read(after, at, theirs);
            if (mine.mismatch(theirs) >= 0) write(at, mine, theirs);
            at += length;
        }
    }

    /** What lies behind the disk's end is zero. */
    @CoroutineFn
    private static void read(BlockDevice disk, long offset, MemorySegment target) throws IOException {
        long there = disk == null ? 0 : Math.clamp(disk.size() - offset, 0, target.byteSize());
        if (there > 0) disk.read(offset, target.asSlice(0, there));
        target.asSlice(there).fill((byte) 0);
    }

    @CoroutineFn
    private void write(long offset, MemorySegment bytes) throws IOException {
        boolean zero = Zeroes.are(bytes, 0, bytes.byteSize());
        if (zero) image.device().writeZeroes(offset, bytes.byteSize(), true, false);
        else image.device().write(offset, bytes, false);
    }

    @CoroutineFn
    private void write(long offset, MemorySegment mine, MemorySegment theirs) throws IOException {
        for (long at = 0; at < mine.byteSize(); ) {
            long length = Math.min(mine.byteSize() - at, unit - (offset + at) % unit);
            MemorySegment bytes = mine.asSlice(at, length);
            if (bytes.mismatch(theirs.asSlice(at, length)) >= 0) {
                write(offset + at, bytes);
            }
            at += length;
        }
    }
}
