package dev.pirn.block;

import dev.pirn.aio.CoFile;
import dev.pirn.aio.ThreadPool;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A file by way of the JDK, wherever that runs: every operation in the pool, and no hint or hole. */
final class ChannelFile implements RawFile {
    private final CoFile file;

    private ChannelFile(CoFile file) {
        this.file = file;
    }

    @NoCoroutineFn
    static ChannelFile open(Path path, boolean readOnly, ThreadPool pool) throws IOException {
        OpenOption[] how = readOnly ? new OpenOption[] {StandardOpenOption.READ}
                : new OpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE};
        return new ChannelFile(CoFile.open(path, pool, how));
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        file.read(target.asByteBuffer(), offset);
    }

    /** What is in the page cache, the JDK alone does not tell. */
    @Override
    public boolean canSend(long offset, long length) {
        return false;
    }

    @Override
    public void send(long offset, long length, long askedNanos, FileSink sink) {
        throw new IllegalStateException(this + ": cannot be sent without native access");
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        try {
            file.write(source.asByteBuffer(), offset);
        } catch (IOException e) {
            throw NoSpaceException.orElse(file, e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            file.flush();
        } catch (IOException e) {
            throw NoSpaceException.orElse(file, e);
        }
    }

    @Override
    public void resize(long size) throws IOException {
        try {
            file.resize(size);
        } catch (IOException e) {
            throw NoSpaceException.orElse(file, e);
        }
    }

    @Override
    public Outcome allocate(int mode, long offset, long length) {
        return Outcome.NEVER;
    }

    @Override
    public boolean willNeed(long offset, long length) {
        return false;
    }

    /** The JDK does not tell: all is data. */
    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        return List.of(Extent.ofData(length));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
