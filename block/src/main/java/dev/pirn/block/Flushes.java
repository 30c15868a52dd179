package dev.pirn.block;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;

/**
 * The flushes of a file, one at a time. Once one failed, all fail, as QEMU's do: Linux then takes the pages
 * for written that were not, tells one caller, and the next {@code fdatasync} succeeds over what is lost.
 * With two at a time that one could be back first.
 * <pre>
 *   a: ├── fdatasync ──┤
 *   b:    ├─ waits ────┼── fdatasync ──┤
 *   c:       ├─ waits ─┼─── waits ─────┤     b's began after c was called: it is enough
 * </pre>
 *
 * <p>For coroutines of any loops.
 */
final class Flushes {
    /** What flushes the file. */
    interface Call {
        @CoroutineFn
        void run() throws IOException;
    }

    private final String file;
    private final Call call;
    private final CoMutex turn;
    /** How many have begun. Changed by who has the turn. */
    private volatile long begun;
    /** The number of the last one that succeeded; guarded by the turn. */
    private long succeeded;
    /** What the first one that failed threw; null if none did. */
    private volatile IOException failure;

    Flushes(String file, Call call) {
        this.file = file;
        this.call = call;
        this.turn = new CoMutex("flush of " + file);
    }

    /** Of a file that is open so. */
    static Flushes of(CacheMode cache, String file, Call call) {
        return new Flushes(file, cache == CacheMode.UNSAFE ? () -> { } : call);
    }

    /**
     * Has all on stable storage that was written before. Suspends.
     *
     * @throws IOException if it may not be, now and for ever
     */
    @CoroutineFn
    void flush() throws IOException {
        long before = begun;
        turn.lock();
        try {
            requireNoneLost();
            if (succeeded > before) return; // It began after we were called.
            long number = begun + 1;
            begun = number;
            call.run();
            succeeded = number;
        } catch (IOException e) {
            if (failure == null) failure = e;
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private void requireNoneLost() throws IOException {
        IOException earlier = failure;
        if (earlier == null) return;
        throw new IOException(file + ": flush: one before it failed, and what was written until then may be "
                + "lost; write it again to the image opened anew (" + earlier.getMessage() + ")", earlier);
    }
}
