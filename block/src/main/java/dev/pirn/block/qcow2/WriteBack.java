package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.util.List;

/**
 * Brings what is in memory to stable storage, in an order that leaves leaks at worst, wherever it ends.
 *
 * <pre>
 *   what data and tables need      refcount blocks (table, header)
 *                                     ▼
 *   flush ──────────────────────── data and all that is safe
 *                                     ▼
 *   what refers to them            L2 slices and L1 pages, as they were before all this
 *                                     ▼
 *   flush ──────────────────────── references are safe
 *                                     ▼
 *   what nobody refers to now      refcounts go down: any time later
 * </pre>
 *
 * <p>Requests go on meanwhile: what they change is copied first. Those who ask while one is on its way share
 * the next.
 */
final class WriteBack {
    private final StorageFile file;
    private final StorageFile data;
    private final ClusterMap map;
    private final Refcounts refcounts;
    private final Allocator allocator;
    private final MetadataAreas areas;
    private final Damage damage;
    private final CoMutex turn;
    // Numbers of runs; changed by who has the turn.
    private volatile long begun;
    private long succeeded;

    /** What of the tables is on its way. */
    private record Frozen(List<Area> gone, TableCache.Frozen l2, List<PointerTable.Piece> l1) {
        boolean isEmpty() {
            return l2.isEmpty() && l1.isEmpty();
        }
    }

    WriteBack(StorageFile file, StorageFile data, ClusterMap map, Refcounts refcounts, Allocator allocator,
            MetadataAreas areas, Damage damage) {
        this.file = file;
        this.data = data;
        this.map = map;
        this.refcounts = refcounts;
        this.allocator = allocator;
        this.areas = areas;
        this.damage = damage;
        this.turn = new CoMutex("flush of " + file.name());
    }

    /** Has on stable storage what those did who have returned. Suspends. */
    @CoroutineFn
    void flush() throws IOException {
        long before = begun;
        turn.lock();
        try {
            if (succeeded > before) return; // Begun after we came.
            long number = ++begun;
            run();
            succeeded = number;
        } finally {
            turn.unlock();
        }
    }

    /** As {@link #flush}, and keeps others from it until {@link #end}. Suspends. */
    @CoroutineFn
    void begin() throws IOException {
        turn.lock();
        try {
            long number = ++begun;
            run();
            succeeded = number;
        } catch (Throwable e) {
            turn.unlock();
            throw e;
        }
    }

    void end() {
        turn.unlock();
    }

    /** As {@link #flush}, if so much waits for one that memory or space would run short. */
    @CoroutineFn
    void relieve() throws IOException {
        boolean full = map.l2.isFullOfDirt() || refcounts.isFullOfDirt();
        if (full || allocator.hasManyDeferred()) flush();
    }

    @CoroutineFn
    private void run() throws IOException {
        Frozen frozen = freeze();
        List<Area> left;
        try {
            left = flushWithRefcounts();
            if (!frozen.isEmpty()) {
                write(frozen);
                file.flush();
            }
        } catch (Throwable e) {
            undo(frozen, e);
            throw e;
        }
        done(frozen);
        if (frozen.gone().isEmpty() && left.isEmpty()) return;
        allocator.release(frozen.gone());
        allocator.release(left);
        // What is counted too high is a leak: so this needs no flush of its own, and counts as not written.
        refcounts.undo(refcounts.writeBack());
    }

    /** Returns what the refcount table left behind. */
    @CoroutineFn
    private List<Area> flushWithRefcounts() throws IOException {
        Refcounts.Written written = refcounts.writeBack();
        try {
            if (data != file && data != null) data.flush();
            file.flush();
        } catch (Throwable e) {
            try {
                refcounts.undo(written);
            } catch (IOException again) {
                e.addSuppressed(again);
                damage.stop(again);
            }
            throw e;
        }
        return refcounts.settle(written);
    }

    @CoroutineFn
    private Frozen freeze() {
        map.lock.lock();
        try {
            // First what was given up: the tables that gave it up are changed already.
            return new Frozen(allocator.takeDeferred(), map.l2.freeze(), map.l1.freeze());
        } finally {
            map.lock.unlock();
        }
    }

    @CoroutineFn
    private void write(Frozen frozen) throws IOException {
        for (Slice.Frozen each : frozen.l2.slices()) {
            areas.require(file.name(), each.at(), each.bytes().byteSize(), MetadataAreas.Kind.L2_TABLE);
            file.write(each.at(), each.bytes());
        }
        for (PointerTable.Piece each : frozen.l1) {
            areas.require(file.name(), each.at(), each.bytes().byteSize(), MetadataAreas.Kind.L1_TABLE);
            file.write(each.at(), each.bytes());
        }
    }

    @CoroutineFn
    private void undo(Frozen frozen, Throwable why) {
        map.lock.lockUninterruptibly();
        try {
            map.l1.unwritten(frozen.l1);
            for (Area each : frozen.gone) allocator.defer(each.at(), each.length());
            map.l2.unwritten(frozen.l2);
        } catch (IOException e) {
            why.addSuppressed(e);
            damage.stop(e);
        } finally {
            map.lock.unlock();
        }
    }

    @CoroutineFn
    private void done(Frozen frozen) {
        map.lock.lockUninterruptibly();
        try {
            map.l2.written(frozen.l2);
        } finally {
            map.lock.unlock();
        }
    }
}
