package dev.pirn.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;

/** An open file of a {@link SimDisk}, or a directory, which can be forced alone. */
final class SimFileChannel extends FileChannel {
    private static final int TRANSFER_SIZE = 8 << 10;

    private final SimDisk disk;
    private final Path path;
    private final Inode file;
    private final boolean reads;
    private final boolean writes;
    private final boolean appends;
    private boolean lost;
    private long position;

    SimFileChannel(SimDisk disk, Path path, Inode file, Set<? extends OpenOption> options) {
        this.disk = disk;
        this.path = path;
        this.file = file;
        this.appends = options.contains(StandardOpenOption.APPEND);
        this.writes = appends || options.contains(StandardOpenOption.WRITE);
        this.reads = options.contains(StandardOpenOption.READ) || !writes;
        disk.opened(this);
    }

    /** The power is cut. */
    void lose() {
        lost = true;
    }

    private void require() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        if (lost) throw new IOException(path + ": the power was cut while it was open; open it again");
    }

    private void requireRead() throws IOException {
        require();
        if (!reads) throw new NonReadableChannelException();
        if (file.directory) throw new IOException(path + ": Is a directory");
    }

    private void requireWrite() throws IOException {
        require();
        if (!writes) throw new NonWritableChannelException();
    }

    private int shortened(int most) {
        boolean cut = most > 1 && disk.world.random.chance(disk.world.options.shortFile());
        return cut ? 1 + disk.world.random.below(most - 1) : most;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
        if (offset < 0) throw new IllegalArgumentException("an offset of " + offset);
        requireRead();
        disk.attempt(SimDisk.Operation.READ, path);
        if (!target.hasRemaining()) return 0;
        long left = file.size() - offset;
        if (left <= 0) return -1;
        byte[] bytes = new byte[shortened((int) Math.min(left, target.remaining()))];
        file.read(offset, bytes);
        target.put(bytes);
        return bytes.length;
    }

    @Override
    public int write(ByteBuffer source, long offset) throws IOException {
        if (offset < 0) throw new IllegalArgumentException("an offset of " + offset);
        requireWrite();
        disk.attempt(SimDisk.Operation.WRITE, path);
        if (!source.hasRemaining()) return 0;
        int length = shortened(source.remaining());
        while (!disk.grow(file.added(offset, length))) {
            // As much as there is room for, as write(2) does.
            length = (int) ((offset + length - 1) / Inode.SECTOR_SIZE * Inode.SECTOR_SIZE - offset);
            if (length <= 0) throw new IOException(path + ": No space left on device");
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        file.write(offset, bytes);
        return length;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int count = read(target, position);
        if (count > 0) position += count;
        return count;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        if (appends) position = file.size();
        int count = write(source, position);
        position += count;
        return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int first, int count) throws IOException {
        Objects.checkFromIndexSize(first, count, targets.length);
        long all = 0;
        for (int i = first; i < first + count; i++) {
            int wanted = targets[i].remaining();
            int done = read(targets[i]);
            if (done < 0) return all == 0 ? -1 : all;
            all += done;
            if (done < wanted) break;
        }
        return all;
    }

    @Override
    public long write(ByteBuffer[] sources, int first, int count) throws IOException {
        Objects.checkFromIndexSize(first, count, sources.length);
        long all = 0;
        for (int i = first; i < first + count; i++) {
            int wanted = sources[i].remaining();
            int done = write(sources[i]);
            all += done;
            if (done < wanted) break;
        }
        return all;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        require();
        try {
            disk.attempt(SimDisk.Operation.FORCE, path);
        } catch (IOException e) {
            file.forceFailed();
            throw e;
        }
        if (file.directory) disk.forceNames(); else file.force();
    }

    @Override
    public long size() throws IOException {
        require();
        return file.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        if (size < 0) throw new IllegalArgumentException("a size of " + size);
        requireWrite();
        disk.attempt(SimDisk.Operation.WRITE, path);
        long before = file.sectorCount();
        file.truncate(size);
        disk.grow(file.sectorCount() - before);
        position = Math.min(position, size);
        return this;
    }

    @Override
    public long position() throws IOException {
        require();
        return position;
    }

    @Override
    public FileChannel position(long wanted) throws IOException {
        if (wanted < 0) throw new IllegalArgumentException("a position of " + wanted);
        require();
        position = wanted;
        return this;
    }

    @Override
    public long transferTo(long offset, long count, WritableByteChannel target) throws IOException {
        var piece = ByteBuffer.allocate((int) Math.min(TRANSFER_SIZE, count));
        return read(piece, offset) < 0 ? 0 : target.write(piece.flip());
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long offset, long count) throws IOException {
        var piece = ByteBuffer.allocate((int) Math.min(TRANSFER_SIZE, count));
        if (source.read(piece) < 0) return 0;
        piece.flip();
        long done = 0;
        while (piece.hasRemaining()) done += write(piece, offset + done);
        return done;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long offset, long size) {
        throw new UnsupportedOperationException("simulated files are not mapped; read and write them");
    }

    @Override
    public FileLock lock(long offset, long size, boolean shared) {
        throw new UnsupportedOperationException("locks of files are not simulated");
    }

    @Override
    public FileLock tryLock(long offset, long size, boolean shared) {
        return lock(offset, size, shared);
    }

    @Override
    protected void implCloseChannel() {
        disk.closed(this);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return path.toString();
    }
}
