package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Cuts a disk into pieces, from its begin on, for coroutines that take one after the other.
 *
 * <pre>
 *   extents   ├──── data ────┤├──────────────── hole ────────────────┤├─ data ─┤
 *   pieces    ├─ 0 ─┤├─ 1 ─┤├2┤├───────────────── 3 ─────────────────┤├── 4 ──┤
 *                   data ends at multiples of sizeMax
 * </pre>
 */
final class Pieces {
    /** Extents asked for at a time. */
    private static final int EXTENTS = 256;

    /**
     * Bytes that lie side by side.
     *
     * @param number how many pieces come before it
     */
    record Piece(long number, long offset, long length, Kind kind) { }

    /** What is known of bytes without reading them. */
    enum Kind {
        /** Nothing. */
        DATA,
        /** They are zeroes. */
        ZERO,
        /** They are those of the backing file. */
        BACKING
    }

    /**
     * What says how bytes are stored.
     *
     * @see BlockDevice#extents
     */
    @FunctionalInterface
    interface Source {
        @CoroutineFn
        List<Run> runs(long offset, long length, int countMax) throws IOException;
    }

    /** Bytes of one kind, behind those of the run before. */
    record Run(long length, Kind kind) { }

    private final Source source;
    private final long end;
    private final int sizeMax;
    private final int alignment;
    private final CoMutex lock = new CoMutex("the next piece");
    private final ArrayDeque<Run> ahead = new ArrayDeque<>();
    /** Where the first of {@code ahead} begins, and where the last ends. */
    private long at;
    private long known;
    private long number;

    /**
     * Cuts what lies from {@code start} to {@code end}.
     *
     * @param sizeMax bytes of a piece of data, at most; a multiple of {@code alignment}
     * @param alignment pieces begin and end at multiples of it, and are data where any of it is
     */
    Pieces(Source source, long start, long end, int sizeMax, int alignment) {
        this.source = source;
        this.at = start;
        this.known = start;
        this.end = end;
        this.sizeMax = sizeMax;
        this.alignment = alignment;
    }

    /** What a disk says of itself. */
    static Source of(BlockDevice disk) {
        return (offset, length, countMax) -> disk.extents(offset, length, countMax).stream()
                .map(each -> new Run(each.length(), kind(each))).toList();
    }

    private static Kind kind(Extent extent) {
        return extent.isZero() ? Kind.ZERO : Kind.DATA;
    }

    /** Where nobody asks: all is data. */
    static Source ofData() {
        return (offset, length, countMax) -> List.of(new Run(length, Kind.DATA));
    }

    /** The next, or null behind the last. Suspends. */
    @CoroutineFn
    Piece next() throws IOException {
        lock.lock();
        try {
            if (at >= end) return null;
            while (mayGrow()) look();
            long offset = at;
            Run run = ahead.peek();
            long whole = offset + run.length == end ? run.length : run.length - run.length % alignment;
            Kind kind = whole > 0 ? run.kind : block();
            if (whole > 0) take(kind == Kind.DATA ? Math.min(whole, sizeMax - offset % sizeMax) : whole);
            return new Piece(number++, offset, at - offset, kind);
        } finally {
            lock.unlock();
        }
    }

    /** Takes one unit of the alignment, which more than one run has a part in. */
    @CoroutineFn
    private Kind block() throws IOException {
        Kind kind = ahead.peek().kind;
        long stop = Math.min(end, at + alignment);
        while (at < stop) {
            if (ahead.isEmpty()) look();
            if (ahead.peek().kind != kind) kind = Kind.DATA;
            take(Math.min(ahead.peek().length, stop - at));
        }
        return kind;
    }

    /** Whether the next piece may be longer than what is known of it. */
    private boolean mayGrow() {
        if (known == end || ahead.size() > 1) return false;
        return ahead.isEmpty() || ahead.peek().kind != Kind.DATA || ahead.peek().length < sizeMax;
    }

    @CoroutineFn
    private void look() throws IOException {
        for (Run each : source.runs(known, end - known, EXTENTS)) {
            known += each.length;
            Run last = ahead.peekLast();
            if (last != null && last.kind == each.kind) {
                ahead.pollLast();
                ahead.add(new Run(last.length + each.length, each.kind));
            } else {
                ahead.add(each);
            }
        }
    }

    /** Goes on by a part of the first run. */
    private void take(long length) {
        Run run = ahead.poll();
        if (length < run.length) ahead.push(new Run(run.length - length, run.kind));
        at += length;
    }
}
