package dev.pirn.nbd;

import dev.pirn.Completion;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bytes that connections borrow from a common stock. Guarded by the lock of {@link Memory}.
 *
 * <pre>
 *   who has nothing          what is free is theirs, if it is enough
 *   who has h bytes          gets b more where h + b &lt;= what is then free
 *   who gets nothing now     stands in line
 * </pre>
 *
 * <p>So one that hoards gets half at most, the second a quarter, and something is left for the next. In line
 * those who have nothing are overtaken by nobody; those who wait for their own replies to be read hold
 * nobody up.
 */
final class Region {
    /** What one connection has of a region. */
    static final class Part {
        final Share owner;
        private long held;
        private long movedNanos;
        private long wanted;
        /** Completed with true when it was given, with false when it is not waited for any more. */
        private Completion<Boolean> granted;

        Part(Share owner) {
            this.owner = owner;
        }
    }

    private final ArrayDeque<Part> line = new ArrayDeque<>();
    private final Set<Part> holders = new LinkedHashSet<>();
    private long free;

    Region(long bytes) {
        free = bytes;
    }

    long free() {
        return free;
    }

    /** Lends, and returns null; or puts {@code part} in line, and returns what to wait for. */
    Completion<Boolean> take(Part part, long bytes, long nowNanos) {
        if (admits(part, bytes) && !anyStarves()) {
            lend(part, bytes, nowNanos);
            return null;
        }
        part.wanted = bytes;
        part.granted = new Completion<>("memory, of which all clients together have too much");
        line.add(part);
        return part.granted;
    }

    private boolean anyStarves() {
        for (Part each : line) {
            if (each.held == 0) return true;
        }
        return false;
    }

    private boolean admits(Part part, long bytes) {
        return bytes <= free && (part.held == 0 || part.held + bytes <= free - bytes);
    }

    private void lend(Part part, long bytes, long nowNanos) {
        if (part.held == 0) holders.add(part);
        part.held += bytes;
        part.movedNanos = nowNanos;
        free -= bytes;
    }

    /** Takes back; adds to {@code woken} whom that lets go on. */
    void release(Part part, long bytes, long nowNanos, List<Completion<Boolean>> woken) {
        assert bytes <= part.held : bytes + " of " + part.held;
        part.held -= bytes;
        part.movedNanos = nowNanos;
        if (part.held == 0) holders.remove(part);
        free += bytes;
        grant(nowNanos, woken);
    }

    private void grant(long nowNanos, List<Completion<Boolean>> woken) {
        for (var each = line.iterator(); each.hasNext(); ) {
            Part part = each.next();
            if (admits(part, part.wanted)) {
                each.remove();
                lend(part, part.wanted, nowNanos);
                woken.add(part.granted);
                part.granted = null;
            } else if (part.held == 0) {
                return;
            }
        }
    }

    /** Takes {@code part} out of the line; returns what it waited for, or null if it stands in none. */
    Completion<Boolean> leaveLine(Part part, long nowNanos, List<Completion<Boolean>> woken) {
        if (!line.remove(part)) return null;
        Completion<Boolean> waited = part.granted;
        part.granted = null;
        grant(nowNanos, woken); // Those behind it need not wait for it any more.
        return waited;
    }

    /** Who has given or got nothing for the longest time, at least {@code nanos}; null if there is none. */
    Part stalest(Part but, long nowNanos, long nanos) {
        Part stalest = null;
        for (Part each : holders) {
            if (each == but || nowNanos - each.movedNanos < nanos) continue;
            if (stalest == null || each.movedNanos - stalest.movedNanos < 0) stalest = each;
        }
        return stalest;
    }

    /** True if {@code part} waits and has nothing. */
    boolean starves(Part part) {
        return part.granted != null && part.held == 0;
    }

    long held(Part part) {
        return part.held;
    }
}
