package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Clusters that went down to 0 in {@link NewRefcounts}; some may be up again. */
final class Freed {
    /** What is in more pieces is not given back: a hint, after all. */
    private static final int PIECES_MAX = 1 << 16;

    private final int clusterSize;
    private final List<Area> pieces = new ArrayList<>();
    private long lowest = Long.MAX_VALUE;

    Freed(int clusterSize) {
        this.clusterSize = clusterSize;
    }

    void add(long at) {
        lowest = Math.min(lowest, at);
        Area last = pieces.isEmpty() ? new Area(0, 0) : pieces.getLast();
        if (last.at() + last.length() == at) {
            pieces.set(pieces.size() - 1, new Area(last.at(), last.length() + clusterSize));
        } else if (pieces.size() < PIECES_MAX) {
            pieces.add(new Area(at, clusterSize));
        }
    }

    /** Where the first of them stands. */
    long lowest() {
        return lowest;
    }

    /** Gives back the storage of those that nobody refers to, when {@code counts} are in force. Suspends. */
    @CoroutineFn
    void discard(StorageFile file, NewRefcounts counts) throws IOException {
        for (Area each : pieces) {
            long from = each.at();
            long end = each.at() + each.length();
            for (long at = from; at < end; at += clusterSize) {
                if (counts.get(at) == 0) continue;
                if (from < at) file.discard(from, at - from);
                from = at + clusterSize;
            }
            if (from < end) file.discard(from, end - from);
        }
    }
}
