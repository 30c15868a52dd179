package dev.pirn.tool;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.RawOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;

/** The disks of one run, opened alike, and closed together: the last one first. */
final class Images implements AutoCloseable {
    private final RawOptions options;
    private final boolean probe;
    private final ThreadPool pool;
    private final ArrayDeque<BlockDevice> open = new ArrayDeque<>();

    Images(RawOptions options, boolean probe, ThreadPool pool) {
        this.options = options;
        this.probe = probe;
        this.pool = pool;
    }

    /** As {@link ImageFile#openRaw}. */
    BlockDevice open(Path path) throws Failure {
        BlockDevice disk = ImageFile.openRaw(path, probe, options, pool);
        open.push(disk);
        return disk;
    }

    @Override
    public void close() throws IOException {
        IOException failed = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (IOException e) {
                if (failed == null) failed = e; else failed.addSuppressed(e);
            }
        }
        if (failed != null) throw failed;
    }
}
