package dev.pirn.lab;

import dev.pirn.block.Preallocation;
import dev.pirn.block.qcow2.Qcow2Creation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.statistics.Statistics;

/**
 * One of all kinds of qcow2 images that QEMU and we can make. What excludes what says {@link #legal}: so each
 * sample is used, and a failing one shrinks to version 3, clusters of 512 bytes, and nothing else.
 */
record ImageKind(Base base, Data data, Preallocation preallocation, Backing backing, boolean snapshot,
        boolean bitmap) {
    static final int SIZE = 3 << 20;
    /** The header of an image with bitmaps needs more than 512 bytes. */
    private static final int CLUSTER_SIZE_WITH_BITMAPS = 1024;
    private static final int CLUSTER_SIZE_EXTENDED = 16 << 10;

    /** What stands in the header alone. */
    record Base(int version, int clusterSize, boolean extended, int refcountBits, boolean zstd,
            boolean lazy) {
        private Base legal(boolean bitmap) {
            if (version == 2 && !extended) return new Base(2, clusterSize, false, 16, false, false);
            int atLeast = extended ? CLUSTER_SIZE_EXTENDED : bitmap ? CLUSTER_SIZE_WITH_BITMAPS : 0;
            return new Base(3, Math.max(clusterSize, atLeast), extended, refcountBits, zstd, lazy);
        }
    }

    enum Data { INSIDE, FILE, RAW_FILE }

    /** Whether there is a backing file, and how long it is beside the image. */
    enum Backing {
        NONE(0), SHORTER(SIZE / 2), EQUAL(SIZE), LONGER(SIZE / 2 * 3);

        final int size;

        Backing(int size) {
            this.size = size;
        }
    }

    static Arbitrary<ImageKind> all() {
        var flag = Arbitraries.of(false, true);
        var base = Combinators.combine(often(3, List.of(2)), powers(9, 21), often(false, List.of(true)),
                powers(0, 6), flag, often(false, List.of(true))).as(Base::new);
        return Combinators.combine(base, often(Data.INSIDE, List.of(Data.values())),
                often(Preallocation.OFF, List.of(Preallocation.values())),
                often(Backing.NONE, List.of(Backing.values())), flag, flag)
                .as(ImageKind::new).map(ImageKind::legal);
    }

    private static Arbitrary<Integer> powers(int first, int last) {
        return Arbitraries.of(IntStream.rangeClosed(first, last).mapToObj(power -> 1 << power).toList());
    }

    /** The usual one half of the time, and one of all in the other. */
    private static <T> Arbitrary<T> often(T usual, List<T> all) {
        return Arbitraries.oneOf(Arbitraries.just(usual), Arbitraries.of(all));
    }

    private ImageKind legal() {
        boolean three = base.version == 3 || base.extended;
        Data place = three ? data : Data.INSIDE;
        Backing below = place == Data.RAW_FILE || preallocation != Preallocation.OFF ? Backing.NONE : backing;
        boolean bits = three && bitmap;
        boolean counts = place == Data.INSIDE && !(three && base.refcountBits == 1);
        return new ImageKind(base.legal(bits), place, preallocation, below, snapshot && counts, bits);
    }

    /** As {@code qemu-img create -o} takes it. */
    String options() {
        var options = new ArrayList<String>();
        options.add("cluster_size=" + base.clusterSize);
        options.add("preallocation=" + preallocation.name().toLowerCase(Locale.ROOT));
        if (backing != Backing.NONE) options.addAll(List.of("backing_file=base.qcow2", "backing_fmt=qcow2"));
        if (base.version == 2) {
            options.add("compat=0.10");
            return String.join(",", options);
        }
        options.add("refcount_bits=" + base.refcountBits);
        options.add("compression_type=" + (base.zstd ? "zstd" : "zlib"));
        if (base.extended) options.add("extended_l2=on");
        if (base.lazy) options.add("lazy_refcounts=on");
        if (data != Data.INSIDE) options.add("data_file=data.img");
        if (data == Data.RAW_FILE) options.add("data_file_raw=on");
        return String.join(",", options);
    }

    Qcow2Creation creation() {
        var creation = new Qcow2Creation(SIZE).version(base.version).clusterSize(base.clusterSize)
                .preallocate(preallocation);
        if (backing != Backing.NONE) creation.backing("base.qcow2", "qcow2");
        if (base.version == 2) return creation;
        creation.refcountBits(base.refcountBits).zstd(base.zstd).extendedL2(base.extended);
        creation.lazyRefcounts(base.lazy);
        if (data != Data.INSIDE) creation.dataFile("data.img", data == Data.RAW_FILE);
        return creation;
    }

    /** Counts what was drawn: a test in which some kind never appears fails. */
    void count() {
        count("version", base.version, 2, 3);
        String size = base.clusterSize < 4096 ? "small" : base.clusterSize > 65_536 ? "large" : "usual";
        count("cluster size", size, "small", "usual", "large");
        count("extended L2", base.extended, false, true);
        count("refcount bits", base.refcountBits, 1, 2, 4, 8, 16, 32, 64);
        count("zstd", base.zstd, false, true);
        count("lazy refcounts", base.lazy, false, true);
        count("data", data, Data.INSIDE, Data.FILE, Data.RAW_FILE);
        count("preallocation", preallocation, (Object[]) Preallocation.values());
        count("backing", backing, (Object[]) Backing.values());
        count("snapshot", snapshot, false, true);
        count("bitmap", bitmap, false, true);
    }

    private static void count(String what, Object value, Object... all) {
        Statistics.label(what).collect(value).coverage(each -> {
            for (Object one : all) each.check(one).count(times -> times > 0);
        });
    }
}
