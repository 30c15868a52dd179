package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import dev.pirn.tool.Failure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Looks for the first difference of two disks, in several places at a time. */
final class Comparison {
    private static final int CANNOT_TELL = 3;
    private static final int CANNOT_READ = 4;
    private static final int PARALLEL = 4;
    private static final int SECTOR_SIZE = 512;

    private final BlockDevice one;
    private final BlockDevice other;
    private final boolean strict;
    private final Progress progress;
    private final long common;
    /** The first byte that is known to differ. */
    private long difference = Long.MAX_VALUE;
    /** The first byte that is stored in another way. */
    private long otherwise = Long.MAX_VALUE;

    Comparison(BlockDevice one, BlockDevice other, boolean strict, Progress progress) {
        this.one = one;
        this.other = other;
        this.strict = strict;
        this.progress = progress;
        this.common = Math.min(one.size(), other.size());
    }

    /** What differs in what both have, in words; null if nothing does. Suspends. */
    @CoroutineFn
    String inCommon() throws Failure {
        var pieces = new Pieces(this::both, 0, common, Copier.PIECE_SIZE, 1);
        var workers = new ArrayList<Task.Body<Void, Exception>>();
        for (int i = 0; i < PARALLEL; i++) workers.add(() -> compare(pieces));
        return found(workers);
    }

    /** What is not zero of the longer one behind the end of the shorter one. Suspends. */
    @CoroutineFn
    String behindTheShorter() throws Failure {
        BlockDevice longer = one.size() > other.size() ? one : other;
        var pieces = new Pieces(Pieces.of(longer), common, longer.size(), Copier.PIECE_SIZE, 1);
        return found(List.of(() -> lookForData(longer, pieces)));
    }

    @CoroutineFn
    private String found(List<Task.Body<Void, Exception>> workers) throws Failure {
        try {
            Group.all("compare", workers);
        } catch (Failure | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw Failure.of("cannot tell what is stored", e.getMessage()).withCode(CANNOT_TELL).causedBy(e);
        }
        if (otherwise < difference) return "Strict mode: Offset " + otherwise + " block status mismatch!";
        if (difference == Long.MAX_VALUE) return null;
        return "Content mismatch at offset " + difference + "!";
    }

    /** What both say of themselves, as far as they speak of the same bytes. */
    @CoroutineFn
    private List<Pieces.Run> both(long offset, long length, int countMax) throws IOException {
        List<Extent> ones = one.extents(offset, length, countMax);
        List<Extent> others = other.extents(offset, length, countMax);
        var runs = new ArrayList<Pieces.Run>();
        long at = 0;
        long oneEnd = 0;
        long otherEnd = 0;
        for (int i = -1, j = -1; ; ) {
            if (oneEnd == at && ++i < ones.size()) oneEnd += ones.get(i).length();
            if (otherEnd == at && ++j < others.size()) otherEnd += others.get(j).length();
            if (i == ones.size() || j == others.size()) return runs;
            Extent a = ones.get(i);
            Extent b = others.get(j);
            boolean alike = a.isHole() == b.isHole() && a.isZero() == b.isZero();
            if (strict && !alike) otherwise = Math.min(otherwise, offset + at);
            long end = Math.min(oneEnd, otherEnd);
            boolean zero = a.isZero() && b.isZero();
            runs.add(new Pieces.Run(end - at, zero ? Pieces.Kind.ZERO : Pieces.Kind.DATA));
            at = end;
        }
    }

    @CoroutineFn
    private Void compare(Pieces pieces) throws Failure, IOException {
        try (var arena = Arena.ofShared()) {
            MemorySegment ones = arena.allocate(Copier.PIECE_SIZE, Long.BYTES);
            MemorySegment others = arena.allocate(Copier.PIECE_SIZE, Long.BYTES);
            for (Pieces.Piece piece; (piece = pieces.next()) != null && isWanted(piece); ) {
                if (piece.kind() != Pieces.Kind.ZERO) {
                    MemorySegment a = read(one, piece, ones);
                    MemorySegment b = read(other, piece, others);
                    found(piece, a.mismatch(b));
                }
                progress.did(piece.length());
            }
        }
        return null;
    }

    /** Whether it may have a difference that comes before those that are known. */
    private boolean isWanted(Pieces.Piece piece) {
        return piece.offset() < Math.min(difference, otherwise);
    }

    private void found(Pieces.Piece piece, long at) {
        if (at < 0) return;
        long offset = piece.offset() + at;
        difference = Math.min(difference, offset - offset % SECTOR_SIZE);
    }

    @CoroutineFn
    private Void lookForData(BlockDevice disk, Pieces pieces) throws Failure, IOException {
        try (var arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(Copier.PIECE_SIZE, Long.BYTES);
            for (Pieces.Piece piece; (piece = pieces.next()) != null && isWanted(piece); ) {
                if (piece.kind() != Pieces.Kind.ZERO) {
                    MemorySegment bytes = read(disk, piece, buffer);
                    found(piece, Zeroes.firstOther(bytes, 0, bytes.byteSize()));
                }
                progress.did(piece.length());
            }
        }
        return null;
    }

    @CoroutineFn
    private static MemorySegment read(BlockDevice disk, Pieces.Piece piece, MemorySegment buffer)
            throws Failure {
        MemorySegment bytes = buffer.asSlice(0, piece.length());
        try {
            disk.read(piece.offset(), bytes);
            return bytes;
        } catch (IOException e) {
            throw Failure.of("cannot be read", e.getMessage()).withCode(CANNOT_READ).causedBy(e);
        }
    }
}
