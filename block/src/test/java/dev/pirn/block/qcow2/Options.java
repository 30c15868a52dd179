package dev.pirn.block.qcow2;

import dev.pirn.block.Preallocation;
import java.util.random.RandomGenerator;

/** Kinds of images, drawn by a seed. */
final class Options {
    private Options() { }

    /** Any kind without a backing file, of small clusters, so that little is much. */
    static Qcow2Creation draw(RandomGenerator random, long size) {
        var creation = new Qcow2Creation(size);
        boolean extended = random.nextInt(4) == 0;
        if (extended) {
            creation.extendedL2(true).clusterSize(16 << 10);
        } else {
            creation.clusterSize(512 << random.nextInt(6));
            if (random.nextInt(5) == 0) return creation.version(2);
        }
        creation.refcountBits(1 << random.nextInt(7));
        if (random.nextInt(6) == 0) creation.preallocate(Preallocation.METADATA);
        if (random.nextInt(6) == 0) creation.lazyRefcounts(true);
        if (random.nextInt(8) == 0) creation.dataFile("data", random.nextBoolean());
        return creation;
    }
}
