package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A disk as a {@link StorageFile}: what has a size of its own, and never another.
 *
 * <pre>
 *   [0, size)   the disk's
 *   [size, …)   zeroes: read, and written without a word; anything else has no room
 * </pre>
 *
 * <p>So the last cluster of an image may reach behind the end, as it may in a file, as long as nothing is in
 * it there.
 */
final class DeviceFile implements StorageFile {
    private final BlockDevice device;
    private final Flushes flushes;

    DeviceFile(BlockDevice device) {
        this.device = device;
        // One that failed once and not again, as of a connection that was lost, has lost what it has lost.
        this.flushes = new Flushes(device.name(), device::flush);
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public long size() {
        return device.size();
    }

    @Override
    public long sizeMax() {
        return device.size();
    }

    /** How many of {@code length} bytes at {@code offset} are the disk's. */
    private long inside(long offset, long length) {
        return Math.clamp(device.size() - offset, 0, length);
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long there = inside(offset, target.byteSize());
        for (long done = 0; done < there; ) {
            long count = Math.min(there - done, BlockDevice.REQUEST_SIZE_MAX);
            device.read(offset + done, target.asSlice(done, count));
            done += count;
        }
        target.asSlice(there).fill((byte) 0);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long there = inside(offset, source.byteSize());
        // Before anything is written: who is told that there is no room takes it that nothing was.
        if (!Zeroes.areAll(source.asSlice(there))) throw full("write", offset, source.byteSize());
        for (long done = 0; done < there; ) {
            long count = Math.min(there - done, BlockDevice.REQUEST_SIZE_MAX);
            device.write(offset + done, source.asSlice(done, count), false);
            done += count;
        }
    }

    private NoSpaceException full(String verb, long offset, long length) {
        return new NoSpaceException("%s: %s of [%d, +%d), but it ends at %d, and cannot grow"
                .formatted(device.name(), verb, offset, length, device.size()), null);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        long there = inside(offset, length);
        if (there > 0) device.writeZeroes(offset, there, mayUnmap, false);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        long there = inside(offset, length);
        if (there > 0) device.discard(offset, there);
    }

    @Override
    public void flush() throws IOException {
        flushes.flush();
    }

    /** Shorter it is only taken for: what lay behind stays, as QEMU has it. */
    @Override
    public void resize(long size) throws IOException {
        if (size > device.size()) throw full("growing to", 0, size);
    }

    /** Storage is reserved by whoever has the disk. */
    @Override
    public void reserve(long offset, long length) { }

    @Override
    @CoroutineFn
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return device.extents(offset, length, countMax);
    }

    @Override
    public void close() throws IOException {
        device.close();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return name();
    }
}
