package dev.pirn.block.qcow2;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoSemaphore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * The pieces of one request, of which several are read at a time ({@code AioTaskPool} of QEMU's
 * {@code block/qcow2.c}). For the coroutine that made it.
 *
 * <pre>
 *   caller  read ──▶ a permit? ──no───▶ reads it itself
 *                       └─yes─▶ piece ─▶ begins at once, on top of the caller ──ends──▶ nothing was waited for
 *                                                       └─waits─▶ the caller goes on
 *           leave ─▶ waits for all ─▶ throws what failed first
 * </pre>
 */
final class Pieces {
    /** Most coroutines of one image that read pieces, besides the callers: QEMU's 8, with the caller. */
    static final int SPARE_MAX = 7;

    private final ImageReader reader;
    private final CoSemaphore spare;
    private final LinkedHashSet<Piece> begun = new LinkedHashSet<>();
    /** Null until something failed. */
    private Throwable failure;
    /** Awaited by the caller when only pieces are left. */
    private Completion<Void> allEnded;

    /** One that is read by a coroutine of its own. */
    private final class Piece implements CoroutineEntry {
        private final Coroutine coroutine = Coroutine.create(this);
        private final ClusterMap.Run run;
        private final long offset;
        private final MemorySegment target;

        Piece(ClusterMap.Run run, long offset, MemorySegment target) {
            this.run = run;
            this.offset = offset;
            this.target = target;
        }

        @Override
        public void run() {
            try {
                reader.readRun(run, offset, target, false);
            } catch (Throwable e) {
                failed(e);
            }
            end(this);
        }
    }

    /** Of an image that has {@code spare} coroutines for them. */
    Pieces(ImageReader reader, CoSemaphore spare) {
        this.reader = reader;
        this.spare = spare;
    }

    /**
     * Reads a piece, or has it read. Suspends while no other coroutine may.
     *
     * @throws IOException what it, or one that was begun before, failed with
     */
    @CoroutineFn
    void read(ClusterMap.Run run, long offset, MemorySegment target) throws IOException {
        if (failure != null) throw thrown(failure);
        if (!spare.tryAcquire(1)) {
            reader.readRun(run, offset, target, true);
            return;
        }
        var piece = new Piece(run, offset, target);
        begun.add(piece);
        boolean entered = false;
        try {
            piece.coroutine.enter();
            entered = true;
        } finally {
            if (!entered) end(piece); // It catches everything: if something comes out, it has not begun.
        }
    }

    /**
     * Waits until all that was begun has ended, for it has the caller's memory. Suspends.
     *
     * @param thrown by the caller meanwhile; null if nothing
     * @throws IOException what failed first; unchecked as it is
     * @throws CancellationException if the caller was cancelled, and so were the pieces
     */
    @CoroutineFn
    void leave(Throwable thrown) throws IOException {
        if (thrown != null) failed(thrown);
        CancellationException told = thrown instanceof CancellationException cancelled ? cancelled : null;
        if (told != null) cancel(told);
        if (!begun.isEmpty()) {
            allEnded = new Completion<>(this);
            try {
                allEnded.join();
            } catch (CancellationException e) {
                told = e;
                cancel(e);
                allEnded.joinUninterruptibly();
            }
        }
        if (told != null) throw told;
        if (failure != null) throw thrown(failure);
    }

    private void cancel(CancellationException told) {
        for (Piece piece : List.copyOf(begun)) {
            try {
                piece.coroutine.cancel();
            } catch (IllegalStateException e) { // It swallowed that, and is waited for.
                told.addSuppressed(e);
            }
        }
    }

    /** Throws what is unchecked as it is. */
    private static IOException thrown(Throwable failure) {
        return switch (failure) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(failure);
        };
    }

    private void failed(Throwable e) {
        if (failure == null) failure = e;
    }

    private void end(Piece piece) {
        begun.remove(piece);
        spare.release();
        if (begun.isEmpty() && allEnded != null) allEnded.complete(null);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return begun.size() + " pieces of a read of " + reader;
    }
}
