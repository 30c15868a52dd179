package dev.pirn.block.filter;

import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import dev.pirn.block.FileSink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A driver before another, to which it hands on all that it does not do itself; closing it closes both. */
public interface Filter extends Driver {
    /** The driver that it stands before; always the same. */
    Driver below();

    @Override
    default long size() {
        return below().size();
    }

    @Override
    default int blockSize() {
        return below().blockSize();
    }

    @Override
    default void read(long offset, MemorySegment target) throws IOException {
        below().read(offset, target);
    }

    /** False, for what is sent passes by {@link #read}: who leaves reads alone hands it on itself. */
    @Override
    default boolean canSend(long offset, long length) {
        return false;
    }

    @Override
    default void send(long offset, long length, long askedNanos, FileSink sink) throws IOException {
        below().send(offset, length, askedNanos, sink);
    }

    @Override
    default void write(long offset, MemorySegment source) throws IOException {
        write(offset, source, false);
    }

    @Override
    default void write(long offset, MemorySegment source, boolean fua) throws IOException {
        below().write(offset, source, fua);
    }

    @Override
    default void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        writeZeroes(offset, length, mayUnmap, false);
    }

    @Override
    default void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) throws IOException {
        below().writeZeroes(offset, length, mayUnmap, fua);
    }

    @Override
    default boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        return below().writeZeroesFast(offset, length, mayUnmap, fua);
    }

    @Override
    default void discard(long offset, long length) throws IOException {
        below().discard(offset, length);
    }

    @Override
    default void flush() throws IOException {
        below().flush();
    }

    @Override
    default void prefetch(long offset, long length) throws IOException {
        below().prefetch(offset, length);
    }

    @Override
    default List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return below().extents(offset, length, countMax);
    }

    @Override
    default void finish() throws IOException {
        below().finish();
    }

    @Override
    default void close() throws IOException {
        below().close();
    }
}
