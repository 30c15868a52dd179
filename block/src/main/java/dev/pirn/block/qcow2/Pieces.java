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
 *   caller  read ──▶ a coroutine to spare? ──no──▶ has it begun any? ──no──▶ reads it itself
 *                       │      ▲                            └─yes─▶ waits until one has ended
 *                       │      └───────────────────────────────────────┘
 *                       └─yes─▶ piece ─▶ begins at once, on top of the caller ──comes at once──▶ the next
 *                                                    └─waits─▶ the caller goes on
 *           leave ─▶ waits for all ─▶ throws what failed first
 * </pre>
 */
final class Pieces {
    /**
     * Most coroutines of one image that read pieces, whoever asked for them: as many as QEMU has for each
     * request. Where many requests are in flight, more would only have more memory.
     */
    static final int SPARE_MAX = 8;

    /**
     * Most pieces that callers read themselves, one after the other, before it is tried again whether they
     * wait. A coroutine costs 0.3 µs, where a piece of 4 KiB from the page cache takes 2.5: of a fragmented
     * image of such clusters a cached read became slower by a tenth. A try each 17 pieces is not seen.
     */
    static final int AT_ONCE_MAX = 16;

    private final ImageReader reader;
    private final Spare spare;
    private final LinkedHashSet<Piece> begun = new LinkedHashSet<>();
    /** Whether it has a permit that no piece has. */
    private boolean permitted;
    /** Null until something failed. */
    private Throwable failure;
    /** Awaited by the caller until no more than {@link #enough} have not ended. */
    private Completion<Void> ended;
    private int enough;

    /** What all readers of an image share. */
    static final class Spare {
        private final CoSemaphore permits;
        // Plain: a loop that does not see what another found tries too soon, or too late.
        private int atOnce;
        private int untilTry;

        Spare(String image) {
            this.permits = new CoSemaphore("readers of " + image, SPARE_MAX);
        }

        /** Whether the next piece may wait, as far as one can tell. */
        boolean isTried() {
            if (untilTry <= 0) return true;
            untilTry--;
            return false;
        }

        private void waited() {
            atOnce = 0;
            untilTry = 0;
        }

        private void cameAtOnce() {
            atOnce = Math.min(2 * atOnce + 1, AT_ONCE_MAX);
            untilTry = atOnce;
        }
    }

    /** One that is read by a coroutine of its own. */
    private final class Piece implements CoroutineEntry {
        private final Coroutine coroutine = Coroutine.create(this);
        private final ClusterMap.Run run;
        private final long offset;
        private final MemorySegment target;
        private boolean over;

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
            over = true;
            if (begun.remove(this)) left();
        }
    }

    Pieces(ImageReader reader, Spare spare) {
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
        if (!permitted()) {
            reader.readRun(run, offset, target, true);
            return;
        }
        var piece = new Piece(run, offset, target);
        piece.coroutine.enter(); // It catches everything: if something comes out, it has not begun.
        if (piece.over) { // From the page cache, say. The permit is for the next.
            spare.cameAtOnce();
            return;
        }
        spare.waited();
        begun.add(piece);
        permitted = false;
    }

    /** Returns whether there is a coroutine to spare, if need be when one that it has already has ended. */
    @CoroutineFn
    private boolean permitted() throws IOException {
        while (!permitted) {
            permitted = spare.permits.tryAcquire(1);
            if (permitted || begun.isEmpty()) break;
            await(begun.size() - 1);
            if (failure != null) throw thrown(failure);
        }
        return permitted;
    }

    /** Waits until at most {@code count} of those that were begun have not ended. */
    @CoroutineFn
    private void await(int count) {
        if (begun.size() > count) waitFor(count).join();
    }

    @CoroutineFn
    private void awaitUninterruptibly(int count) {
        if (begun.size() > count) waitFor(count).joinUninterruptibly();
    }

    private Completion<Void> waitFor(int count) {
        enough = count;
        return ended = new Completion<>(this);
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
        if (permitted) spare.permits.release();
        if (thrown != null) failed(thrown);
        CancellationException told = thrown instanceof CancellationException cancelled ? cancelled : null;
        try {
            if (told == null) await(0);
        } catch (CancellationException e) {
            told = e;
        }
        if (told != null) cancel(told);
        awaitUninterruptibly(0);
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

    private void left() {
        spare.permits.release();
        if (ended != null && begun.size() <= enough) ended.tryComplete(null);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return begun.size() + " pieces of a read of " + reader;
    }
}
