package dev.pirn.block;

import java.util.Objects;

/**
 * How a raw image is opened.
 *
 * @param readOnly opens the file for reading alone; a file that may not be written can then be served
 * @param discard what becomes of the storage under ranges that are discarded, or zeroed with leave to unmap
 * @param writesInPool whether every write is given to the pool. Where native access is allowed, short ones
 *     are else done by the loop's thread, at half the cost; but when more is written than the disk takes,
 *     Linux makes writers wait, and the whole loop waits then. Without native access all are in the pool
 * @param engine who does what may wait for the disk
 * @param cache whether the host's page cache is used; without, no write is done by the loop's thread. And
 *     whether flushes are
 */
public record RawOptions(boolean readOnly, Discard discard, boolean writesInPool, Engine engine,
        CacheMode cache) {
    /** For reading and writing; discards are ignored, and short writes are not given to the pool. */
    public static final RawOptions DEFAULT = new RawOptions(false, Discard.IGNORE);

    /** Refuses null. */
    public RawOptions {
        Objects.requireNonNull(discard, "discard");
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(cache, "cache");
    }

    /** With short writes on the loop's thread, the engine that is faster, and the page cache. */
    public RawOptions(boolean readOnly, Discard discard) {
        this(readOnly, discard, false, Engine.AUTO, CacheMode.WRITEBACK);
    }

    /** For reading alone. */
    public static RawOptions ofReadOnly() {
        return new RawOptions(true, Discard.IGNORE);
    }

    /** The same with every write in the pool. */
    public RawOptions withWritesInPool() {
        return new RawOptions(readOnly, discard, true, engine, cache);
    }

    /** The same for reading alone. */
    public RawOptions asReadOnly() {
        return new RawOptions(true, discard, writesInPool, engine, cache);
    }

    /** The same with discards as {@code wanted}. */
    public RawOptions with(Discard wanted) {
        return new RawOptions(readOnly, wanted, writesInPool, engine, cache);
    }

    /** The same with that engine. */
    public RawOptions with(Engine wanted) {
        return new RawOptions(readOnly, discard, writesInPool, wanted, cache);
    }

    /** The same with that cache mode. */
    public RawOptions with(CacheMode wanted) {
        return new RawOptions(readOnly, discard, writesInPool, engine, wanted);
    }
}
