package dev.pirn.block.filter;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Fails on purpose: requests that a {@link FaultSpec} means wait, or fail, or both; others pass.
 *
 * <pre>
 *   request ──▶ every rule counts it ──▶ the sum of delays ──▶ error? ──no──▶ the driver below
 *                                        suspended               └─ short ──▶ its first half, then error
 * </pre>
 *
 * <p>A write with FUA is one write, and no flush. Many coroutines of any loops may be inside, as in every
 * driver; a delay is the timer's of the loop whose coroutine waits, and ends early when that is cancelled.
 */
public final class FaultDriver implements Filter {
    /** A rule at work. */
    private record Active(FaultRule rule, AtomicLong seen, AtomicLong used) {
        /** Counts a request that the rule is about; its number if it is meant, else 0. */
        long count() {
            long n = seen.incrementAndGet();
            return rule.means(n) && used.get() < rule.countMax() && used.incrementAndGet() <= rule.countMax()
                    ? n : 0;
        }
    }

    /** What the rules have for one request; {@code failure} is null if it only waits. */
    private record Verdict(long delayNanos, IOException failure, long part) { }

    /** What a request that waits says it waits for. */
    private record Delay(String name, String request, long nanos) {
        @Override
        public String toString() {
            return "the end of a delay of %.3f ms on purpose, of %s: %s"
                    .formatted(nanos / 1e6, name, request);
        }
    }

    /** Does the first bytes of a request. */
    private interface Part {
        @CoroutineFn
        void upTo(long length) throws IOException;
    }

    private final String name;
    private final Driver below;
    private final List<Active> rules;
    private final Set<Completion<Void>> delays = ConcurrentHashMap.newKeySet();
    private final AtomicLong faults = new AtomicLong();
    private volatile boolean delaysEnded;

    private FaultDriver(String name, Driver below, FaultSpec spec) {
        this.name = name;
        this.below = below;
        this.rules = spec.rules().stream()
                .map(each -> new Active(each, new AtomicLong(), new AtomicLong())).toList();
    }

    /**
     * Puts one before {@code below}, which it closes when it is closed.
     *
     * @param name what its errors call the disk
     * @param spec counted from the beginning for each driver that is made of it
     */
    public static FaultDriver of(String name, Driver below, FaultSpec spec) {
        return new FaultDriver(Objects.requireNonNull(name, "name"), Objects.requireNonNull(below, "below"),
                spec);
    }

    /**
     * Ends every delay now, and lets none begin any more: for who shuts down and would wait for them. Errors
     * go on. From any thread.
     */
    public void endDelays() {
        delaysEnded = true;
        delays.forEach(each -> each.tryComplete(null));
    }

    /** How many requests failed or waited so far. From any thread. */
    public long faults() {
        return faults.get();
    }

    @CoroutineFn
    private void pass(FaultOperation operation, long offset, long length, Part request) throws IOException {
        Verdict verdict = judge(operation, offset, length);
        if (verdict == null) {
            request.upTo(length);
            return;
        }
        if (verdict.delayNanos > 0) delay(operation.text(offset, length), verdict.delayNanos);
        if (verdict.failure == null) {
            request.upTo(length);
            return;
        }
        if (verdict.part > 0) request.upTo(verdict.part);
        throw verdict.failure;
    }

    /** Null if nothing happens to it. */
    private Verdict judge(FaultOperation operation, long offset, long length) {
        long delayNanos = 0;
        FaultRule failing = null;
        boolean meant = false;
        for (Active each : rules) {
            FaultRule rule = each.rule;
            if (!rule.isAbout(operation, offset, length)) continue;
            long n = each.count();
            if (n == 0) continue;
            meant = true;
            delayNanos += rule.delayNanos(n);
            if (failing == null && rule.error() != null) failing = rule;
        }
        if (!meant) return null;
        faults.incrementAndGet();
        if (failing == null) return new Verdict(delayNanos, null, length);
        long part = failing.part(length);
        String what = name + ": " + operation.text(offset, length) + " failed on purpose"
                + (failing.partly() ? " after " + part + " bytes" : "") + ": " + failing.error() + ", by "
                + failing.text();
        return new Verdict(delayNanos, failing.error().exception(what), part);
    }

    @CoroutineFn
    private void delay(String request, long nanos) {
        var over = new Completion<Void>(new Delay(name, request, nanos));
        Timer timer = EventLoop.current().timer("fault delay", () -> over.tryComplete(null));
        delays.add(over);
        try {
            if (delaysEnded) return; // Asked when it is among them: nobody can have missed it.
            timer.arm(nanos);
            over.join();
        } finally {
            timer.cancel();
            delays.remove(over);
        }
    }

    @Override
    public Driver below() {
        return below;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        pass(FaultOperation.READ, offset, target.byteSize(),
                length -> below.read(offset, target.asSlice(0, length)));
    }

    @Override
    public void write(long offset, MemorySegment source, boolean fua) throws IOException {
        pass(FaultOperation.WRITE, offset, source.byteSize(),
                length -> below.write(offset, source.asSlice(0, length), fua));
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) throws IOException {
        pass(FaultOperation.ZERO, offset, length, part -> below.writeZeroes(offset, part, mayUnmap, fua));
    }

    @Override
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        boolean[] done = {false};
        pass(FaultOperation.ZERO, offset, length,
                part -> done[0] = below.writeZeroesFast(offset, part, mayUnmap, fua));
        return done[0];
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        pass(FaultOperation.DISCARD, offset, length, part -> below.discard(offset, part));
    }

    @Override
    public void flush() throws IOException {
        pass(FaultOperation.FLUSH, 0, 0, nothing -> below.flush());
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        pass(FaultOperation.PREFETCH, offset, length, part -> below.prefetch(offset, part));
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        var extents = new AtomicReference<List<Extent>>();
        pass(FaultOperation.EXTENTS, offset, length,
                all -> extents.set(below.extents(offset, all, countMax)));
        return extents.get();
    }
}
