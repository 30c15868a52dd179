package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.qcow2.Qcow2Image;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk whose clusters are compressed one by one. What is no whole cluster is written as it is: a copy that
 * ends before its disk does leaves what that has behind its end.
 */
record CompressedSink(Qcow2Image image, BlockDevice disk, boolean isZero) implements Sink {
    @Override
    public int unit() {
        return image.header().clusterSize();
    }

    @Override
    @CoroutineFn
    public void write(long offset, MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); done += unit()) {
            long at = offset + done;
            MemorySegment cluster = bytes.asSlice(done, Math.min(unit(), bytes.byteSize() - done));
            if (cluster.byteSize() == Math.min(unit(), disk.size() - at)) writeCompressed(at, cluster);
            else disk.write(at, cluster, false);
        }
    }

    @CoroutineFn
    private void writeCompressed(long at, MemorySegment cluster) throws IOException {
        image.writeCompressed(at, cluster);
        if (disk.writesThrough()) disk.flush();
    }

    @Override
    @CoroutineFn
    public void zero(long offset, long length) throws IOException {
        if (!isZero) disk.writeZeroes(offset, length, true, false);
    }
}
