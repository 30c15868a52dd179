package dev.pirn.nbd;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import dev.pirn.block.Buffer;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * One connection's part of the server's {@link Memory}: what is its own, and what it has borrowed. For its
 * loop alone.
 *
 * <p>A request takes what it needs before its payload is received, so that one whose first byte is there can
 * always be finished.
 */
final class Share {
    private final Memory memory;
    private final EventLoop loop;
    private final Consumer<IOException> abort;
    private final Region.Part common = new Region.Part(this);
    private final Region.Part large = new Region.Part(this);
    private final Timer impatience;
    /** Bytes in use of what is its own. */
    private long own;
    /** Bytes that {@link #common} holds, as far as this loop knows. */
    private long borrowed;
    /** Null unless somebody waits. */
    private Completion<Boolean> waits;
    private Region waitsFor;
    private long waitsBytes;
    private boolean closed;

    /**
     * Makes one of nothing.
     *
     * @param abort closes the connection, in its loop
     */
    Share(Memory memory, EventLoop loop, Consumer<IOException> abort) {
        this.memory = memory;
        this.loop = loop;
        this.abort = abort;
        this.impatience = loop.timer("NBD memory", this::dropAnother);
    }

    /** Takes {@code bytes}; or returns false, and {@link #await} follows. Does not suspend. */
    boolean take(int bytes) {
        if (bytes <= Limits.SHARE_BYTES - own) {
            own += bytes;
            return true;
        }
        boolean isLarge = bytes > Limits.LARGE_SIZE;
        waitsFor = isLarge ? memory.large() : memory.common();
        waitsBytes = isLarge ? bytes : bytes - (Limits.SHARE_BYTES - own);
        if (!isLarge) own = Limits.SHARE_BYTES;
        waits = memory.borrow(waitsFor, part(), waitsBytes, loop.world().nanoTime());
        if (waits != null) return false;
        taken();
        return true;
    }

    private void taken() {
        if (waitsFor == memory.large()) return;
        borrowed += waitsBytes;
        memory.trim(); // The buffer may be a small one, for which nothing is freed.
    }

    private Region.Part part() {
        return waitsFor == memory.large() ? large : common;
    }

    /**
     * Waits for what {@link #take} could not have. Suspends.
     *
     * @param replies those that would free some are sent meanwhile
     * @throws IOException if the connection was closed meanwhile
     */
    @CoroutineFn
    void await(ReplyQueue replies) throws IOException {
        replies.flush();
        boolean granted = false;
        if (!closed) impatience.arm(memory.stallNanos());
        try {
            if (closed) giveUp();
            granted = waits.join();
        } catch (CancellationException e) {
            giveUp();
            throw e;
        } finally {
            impatience.cancel();
            waits = null;
        }
        if (!granted) throw new IOException("closed while it waited for memory");
        taken();
    }

    private void dropAnother() {
        if (waits == null) return;
        memory.dropStalest(waitsFor, part(), loop.world().nanoTime());
        impatience.arm(memory.stallNanos());
    }

    /** Gives back what {@link #take} took for {@code buffer}, and the buffer; null if there was none. */
    void giveBack(int bytes, Buffer buffer) {
        if (bytes > Limits.LARGE_SIZE) {
            memory.giveBack(memory.large(), large, bytes, loop.world().nanoTime(), buffer);
            return;
        }
        long repaid = Math.min(borrowed, bytes);
        own -= bytes - repaid;
        borrowed -= repaid;
        if (repaid > 0) {
            memory.giveBack(memory.common(), common, repaid, loop.world().nanoTime(), buffer);
        } else if (buffer != null) {
            buffer.release();
        }
    }

    /** The connection is closed: it waits for memory no more. What it has it still gives back. */
    void close() {
        closed = true;
        if (waits != null) giveUp();
    }

    private void giveUp() {
        memory.leaveLine(waitsFor, part(), loop.world().nanoTime());
    }

    /** Has the connection closed, for others need what it holds. From any thread. */
    void drop() {
        loop.execute(() ->
                abort.accept(new IOException("others starve for the memory that it holds and does not use")));
    }
}
