package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import dev.pirn.lock.CoQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pieces of tables (L2 tables, refcount blocks) in memory, written back later.
 *
 * <pre>
 *            get                change             freeze              written
 *   (file) ──────▶ clean ─────────────▶ dirty ─────────────▶ frozen ─────────────▶ clean
 *                    ▲ evicted when many  ▲                    │ change: a copy; dirty and frozen
 *                                         └──── unwritten ─────┘
 * </pre>
 *
 * <p>All but the constructor is called with the mutex held. {@link #get} gives it up while it reads; a slice
 * that it returns is the cache's until the caller's next suspension.
 */
final class TableCache {
    private final StorageFile file;
    private final CoMutex lock;
    private final boolean keepsLock;
    private final int sliceSize;
    private final int sliceBits;
    private final int slicesMax;
    /** The eldest first, and the first to go. */
    private final LinkedHashMap<Long, Slice> clean = new LinkedHashMap<>(16, 0.75f, true);
    /** Dirty, frozen, or both. */
    private final Map<Long, Slice> dirty = new HashMap<>();
    /** Tables that stand in the file since the last flush, and of which nothing may be here. */
    private List<Area> direct = new ArrayList<>();
    private final Map<Long, CoQueue> loading = new HashMap<>();
    private MemorySegment spare;

    /**
     * Makes an empty one.
     *
     * @param lock what its users hold
     * @param sliceSize bytes of a piece, a power of two, at most the tables' alignment
     * @param bytesMax of what is clean; what is dirty is bounded by who writes it back
     */
    TableCache(StorageFile file, CoMutex lock, int sliceSize, long bytesMax) {
        this(file, lock, sliceSize, bytesMax, false);
    }

    private TableCache(StorageFile file, CoMutex lock, int sliceSize, long bytesMax, boolean keepsLock) {
        this.keepsLock = keepsLock;
        this.file = file;
        this.lock = lock;
        this.sliceSize = sliceSize;
        this.sliceBits = Integer.numberOfTrailingZeros(sliceSize);
        this.slicesMax = Math.clamp(bytesMax / sliceSize, 2, 1 << 20);
    }

    /** The same, of one that does not give the mutex up while it reads. */
    static TableCache ofKeptLock(StorageFile file, CoMutex lock, int sliceSize, long bytesMax) {
        return new TableCache(file, lock, sliceSize, bytesMax, true);
    }

    int sliceSize() {
        return sliceSize;
    }

    /** Whether most of what it may hold waits to be written back. From any thread: a hint. */
    boolean isFullOfDirt() {
        return dirty.size() > slicesMax - slicesMax / 4;
    }

    /** The slice at that offset of the file if it is in memory; else null. Does not suspend. */
    Slice peek(long at) {
        Long key = key(at);
        Slice found = dirty.isEmpty() ? null : dirty.get(key);
        return found != null ? found : clean.get(key);
    }

    /** By number, not by offset: those end in twelve zeroes, and all slices of a table fell in one bin. */
    private Long key(long at) {
        return at >>> sliceBits;
    }

    /** The slice at that offset of the file. Suspends while it is read, without the mutex. */
    @CoroutineFn
    Slice get(long at) throws IOException {
        while (true) {
            Slice found = peek(at);
            if (found != null) return found;
            CoQueue others = loading.get(key(at));
            if (others == null) return load(at);
            others.await(lock);
        }
    }

    @CoroutineFn
    private Slice load(long at) throws IOException {
        MemorySegment bytes = takeMemory();
        if (keepsLock) file.read(at, bytes); else readWithoutLock(at, bytes);
        var slice = new Slice(at, bytes);
        clean.put(key(at), slice);
        evict();
        return slice;
    }

    @CoroutineFn
    private void readWithoutLock(long at, MemorySegment bytes) throws IOException {
        var others = new CoQueue("a piece of a table");
        loading.put(key(at), others);
        try {
            lock.unlock();
            try {
                file.read(at, bytes);
            } finally {
                lock.lockUninterruptibly();
            }
        } finally {
            loading.remove(key(at));
            others.restartAll();
        }
    }

    private MemorySegment takeMemory() {
        MemorySegment bytes = spare;
        spare = null;
        return bytes != null ? bytes : Slice.allocate(sliceSize);
    }

    private void evict() {
        if (clean.size() + dirty.size() <= slicesMax || clean.size() <= 1) return;
        var eldest = clean.pollFirstEntry();
        if (spare == null) spare = eldest.getValue().recycle();
    }

    /** Sets a word of it. It is written back later. */
    void set(Slice slice, int word, long value) {
        touch(slice);
        slice.set(word, value);
    }

    /** Has it written back later; its bytes may be changed until the next suspension. */
    void touch(Slice slice) {
        if (!slice.isDirty() && !slice.isFrozen()) {
            clean.remove(key(slice.at()));
            dirty.put(key(slice.at()), slice);
        }
        slice.touch();
    }

    /** What is on its way to stable storage: slices, and tables that were written directly. */
    record Frozen(List<Slice.Frozen> slices, List<Area> direct) {
        boolean isEmpty() {
            return slices.isEmpty();
        }
    }

    /** Notes that a new table was written to the file by who made it. */
    void noteDirect(Area area) {
        direct.add(area);
    }

    /** Takes what is dirty, as it is now, to be written by the caller, and flushed. */
    Frozen freeze() {
        var frozen = new ArrayList<Slice.Frozen>(dirty.size());
        for (Slice each : dirty.values()) {
            if (each.isDirty()) frozen.add(each.freeze());
        }
        var taken = direct;
        direct = new ArrayList<>();
        return new Frozen(frozen, taken);
    }

    /** Says that all of it is on stable storage. */
    void written(Frozen all) {
        for (Slice.Frozen each : all.slices) {
            Slice slice = each.slice();
            slice.thaw();
            if (slice.isDirty() || !dirty.remove(key(slice.at()), slice)) continue; // Or forgotten.
            clean.put(key(slice.at()), slice);
            evict();
        }
    }

    /**
     * Says that some of it may not be on stable storage, where a flush that failed leaves it for good: all of
     * it is dirty again. Suspends.
     */
    @CoroutineFn
    void unwritten(Frozen all) throws IOException {
        for (Slice.Frozen each : all.slices) {
            each.slice().thaw();
            each.slice().touch();
        }
        for (Area each : all.direct) {
            for (long at = each.at(); at < each.at() + each.length(); at += sliceSize) touch(get(at));
        }
    }

    /**
     * Forgets what it has of a cluster that becomes another table; what was dirty is not written. Suspends
     * while somebody reads there.
     */
    @CoroutineFn
    void forget(long from, long length) {
        for (long at = from; at < from + length; at += sliceSize) {
            CoQueue reader;
            while ((reader = loading.get(key(at))) != null) reader.await(lock);
            clean.remove(key(at));
            dirty.remove(key(at));
        }
    }

    /** Forgets all that it has; what was dirty is not written. Suspends while somebody reads. */
    @CoroutineFn
    void clear() {
        while (!loading.isEmpty()) loading.values().iterator().next().await(lock);
        clean.clear();
        dirty.clear();
        direct = new ArrayList<>();
    }
}
