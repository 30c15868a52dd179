package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import dev.pirn.lock.CoQueue;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;

/**
 * Copies one disk to another, many pieces at a time.
 *
 * <pre>
 *   coroutine 1   read ── zeroes found ── (turn) ── write ─── read ─ …
 *   coroutine 2   read ── zeroes found ────── (turn) ── write ─ …    writes begin in the order of
 *   coroutine 3        read ── …                                     the pieces, unless any will do
 * </pre>
 */
final class Copier {
    /** Bytes that are read at a time; QEMU's, too. */
    static final int PIECE_SIZE = 2 << 20;
    private static final int ALIGNMENT = 64;

    private final BlockDevice source;
    private final Sink sink;
    private final Pieces pieces;
    private final CopyHow how;
    private final Progress progress;
    private final CoQueue turns = new CoQueue("the turn to write");
    /** The number of the piece whose write begins next. */
    private long turn;
    /** Bytes that were read, and since when, for the limit. */
    private long read;
    private long startNanos;
    private long unreadable;

    Copier(BlockDevice source, Sink sink, Pieces pieces, CopyHow how, Progress progress) {
        this.source = source;
        this.sink = sink;
        this.pieces = pieces;
        this.how = how;
        this.progress = progress;
    }

    /**
     * Copies all. Suspends.
     *
     * @return bytes that could not be read, and are zeroes in the copy
     */
    @CoroutineFn
    long run() throws IOException {
        startNanos = System.nanoTime();
        var workers = new ArrayList<Task.Body<Void, IOException>>();
        for (int i = 0; i < how.parallel(); i++) workers.add(this::work);
        Group.all("copy", workers);
        return unreadable;
    }

    @CoroutineFn
    private Void work() throws IOException {
        // Shared: the pool's threads touch it.
        try (var arena = Arena.ofShared()) {
            MemorySegment buffer = null;
            for (Pieces.Piece piece; (piece = pieces.next()) != null; ) {
                if (piece.kind() == Pieces.Kind.DATA) {
                    if (buffer == null) buffer = arena.allocate(PIECE_SIZE, ALIGNMENT);
                    copy(piece, buffer.asSlice(0, piece.length()));
                } else {
                    awaitTurn(piece);
                    passTurn();
                    if (piece.kind() == Pieces.Kind.ZERO) sink.zero(piece.offset(), piece.length());
                }
                progress.did(piece.length());
            }
        }
        return null;
    }

    @CoroutineFn
    private void copy(Pieces.Piece piece, MemorySegment bytes) throws IOException {
        limit(piece.length());
        read(piece.offset(), bytes);
        awaitTurn(piece);
        passTurn();
        write(piece.offset(), bytes);
    }

    /** Waits until the pieces before this one are being written. */
    @CoroutineFn
    private void awaitTurn(Pieces.Piece piece) {
        while (how.inOrder() && turn != piece.number()) turns.await(null);
    }

    private void passTurn() {
        turn++;
        turns.restartAll();
    }

    @CoroutineFn
    private void limit(long bytes) {
        read += bytes;
        if (how.bytesPerSecond() == 0) return;
        long dueNanos = (long) ((double) (read - bytes) / how.bytesPerSecond() * 1e9);
        long early = dueNanos - (System.nanoTime() - startNanos);
        if (early > 0) EventLoop.sleep(Duration.ofNanos(early));
    }

    @CoroutineFn
    private void read(long offset, MemorySegment bytes) throws IOException {
        try {
            source.read(offset, bytes);
        } catch (IOException e) {
            if (!how.salvage()) throw e;
            salvage(offset, bytes);
        }
    }

    /** Reads what can be, unit by unit; the rest becomes zeroes. */
    @CoroutineFn
    private void salvage(long offset, MemorySegment bytes) {
        for (long at = 0; at < bytes.byteSize(); at += CopyHow.SALVAGE_UNIT) {
            MemorySegment unit = bytes.asSlice(at, Math.min(CopyHow.SALVAGE_UNIT, bytes.byteSize() - at));
            try {
                source.read(offset + at, unit);
            } catch (IOException e) {
                unit.fill((byte) 0);
                unreadable += unit.byteSize();
            }
        }
    }

    @CoroutineFn
    private void write(long offset, MemorySegment bytes) throws IOException {
        if (how.sparse() == 0) {
            sink.write(offset, bytes);
            return;
        }
        long size = bytes.byteSize();
        int unit = Math.max(sink.unit(), Math.min(how.sparse(), CopyHow.SPARSE_DEFAULT));
        long from = 0; // Of what is to be written as data.
        for (long at = 0; at < size; ) {
            long end = Zeroes.alike(bytes, at, unit, offset % unit);
            boolean zero = Zeroes.are(bytes, at, Math.min(unit, end - at)); // Then all up to the end are.
            if (zero && (end - at >= how.sparse() || from == at && end == size)) {
                if (at > from) sink.write(offset + from, bytes.asSlice(from, at - from));
                sink.zero(offset + at, end - at);
                from = end;
            }
            at = end;
        }
        if (size > from) sink.write(offset + from, bytes.asSlice(from, size - from));
    }
}
