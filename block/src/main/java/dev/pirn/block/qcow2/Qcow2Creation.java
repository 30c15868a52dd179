package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Preallocation;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a qcow2 image. What is not said is as {@code qemu-img create} has it: version 3, clusters of 64 KiB,
 * refcounts of 16 bits, no backing file, nothing preallocated.
 *
 * <pre>
 *   new Qcow2Creation(10L &lt;&lt; 30).backing("base.qcow2", "qcow2").create(path, pool);
 * </pre>
 *
 * <p>Not for use by two threads at a time.
 */
public final class Qcow2Creation {
    private static final int CLUSTER_SIZE_DEFAULT = 64 << 10;
    private static final int SECTOR_SIZE = 512;

    private final long size;
    private int clusterBits = Integer.numberOfTrailingZeros(CLUSTER_SIZE_DEFAULT);
    private int version = 3;
    private int refcountOrder = 4;
    private boolean lazyRefcounts;
    private boolean extendedL2;
    private boolean zstd;
    private Preallocation preallocate = Preallocation.OFF;
    private String backingName;
    private String backingFormat;
    private String dataFile;
    private boolean dataFileRaw;

    /**
     * Begins with a disk of {@code size} bytes.
     *
     * @throws IllegalArgumentException if it is no multiple of 512, as QEMU asks for
     */
    public Qcow2Creation(long size) {
        if (size < 0 || size % SECTOR_SIZE != 0) {
            throw new IllegalArgumentException("a disk of " + size + " bytes; give a multiple of 512");
        }
        this.size = size;
    }

    /** Clusters of that many bytes, a power of two from 512 to 2 MiB. */
    public Qcow2Creation clusterSize(int bytes) {
        int bits = Integer.numberOfTrailingZeros(bytes);
        if (Integer.bitCount(bytes) != 1 || bits < HeaderCheck.CLUSTER_BITS_MIN
                || bits > HeaderCheck.CLUSTER_BITS_MAX) {
            throw new IllegalArgumentException("clusters of " + bytes
                    + " bytes; give a power of two from 512 to 2 MiB");
        }
        clusterBits = bits;
        return this;
    }

    /** Version 2 ({@code compat=0.10}) or 3 ({@code compat=1.1}). */
    public Qcow2Creation version(int number) {
        if (number < 2 || number > 3) throw new IllegalArgumentException("version " + number);
        version = number;
        return this;
    }

    /** Refcounts of that many bits, a power of two from 1 to 64. */
    public Qcow2Creation refcountBits(int bits) {
        if (Integer.bitCount(bits) != 1 || bits > Long.SIZE) {
            throw new IllegalArgumentException("refcounts of " + bits
                    + " bits; give a power of two from 1 to 64");
        }
        refcountOrder = Integer.numberOfTrailingZeros(bits);
        return this;
    }

    /** Whether refcounts may be written late; by QEMU, for here that gains nothing. */
    public Qcow2Creation lazyRefcounts(boolean lazy) {
        lazyRefcounts = lazy;
        return this;
    }

    /** Whether clusters have 32 subclusters. */
    public Qcow2Creation extendedL2(boolean extended) {
        extendedL2 = extended;
        return this;
    }

    /** Whether what is compressed is so by zstd rather than zlib. */
    public Qcow2Creation zstd(boolean instead) {
        zstd = instead;
        return this;
    }

    /** What is there from the begin on. */
    public Qcow2Creation preallocate(Preallocation what) {
        preallocate = what;
        return this;
    }

    /**
     * Lies upon another image, which is not looked at.
     *
     * @param name as it will stand in the image: relative to that
     * @param format its format; null for whatever it looks like, which is a risk
     */
    public Qcow2Creation backing(String name, String format) {
        backingName = name;
        backingFormat = format;
        return this;
    }

    /**
     * Has guest data in a file of its own, which is made, or emptied.
     *
     * @param name as it will stand in the image: relative to that
     * @param raw whether that file is a raw disk by itself
     */
    public Qcow2Creation dataFile(String name, boolean raw) {
        dataFile = name;
        dataFileRaw = raw;
        return this;
    }

    /**
     * Makes the image at {@code path}, or makes it anew, and has it on stable storage. Suspends.
     *
     * @throws IllegalArgumentException if what was asked for does not go together
     * @throws IOException if that fails; what is there then is no image
     */
    @CoroutineFn
    public void create(Path path, ThreadPool pool) throws IOException {
        check();
        try (StorageFile file = pool.call(() -> StorageFile.create(path, pool))) {
            create(file);
        }
        if (dataFile != null) {
            pool.call(() -> {
                try (StorageFile data = StorageFile.create(path.resolveSibling(dataFile), pool)) {
                    return data.size();
                }
            });
        }
        if (dataFile == null && preallocate == Preallocation.OFF) return;
        // A raw data file has every cluster, or its length would not be the disk's.
        boolean all = dataFileRaw && preallocate == Preallocation.OFF;
        Preallocation what = all ? Preallocation.METADATA : preallocate;
        Follow follow = dataFile == null ? Follow.NOTHING : Follow.ANYWHERE;
        Qcow2Options how = Qcow2Options.DEFAULT.withFollow(follow);
        try (Qcow2Image image = Qcow2Image.open(path, how, pool)) {
            image.preallocate(what);
        }
    }

    /**
     * The same in a file that is open, and stays so: one that is empty, or cannot grow, as a disk. Suspends.
     *
     * @throws dev.pirn.block.NoSpaceException if it has no room; what it had is lost then
     * @throws IOException if that fails, or a data file is asked for, which would have to stand beside it
     */
    @CoroutineFn
    public void create(StorageFile file, ThreadPool pool) throws IOException {
        check();
        if (dataFile != null) throw new IOException(file.name() + ": no file: nothing can stand beside it");
        create(file);
        if (preallocate == Preallocation.OFF) return;
        var how = Qcow2Options.DEFAULT.withFollow(Follow.NOTHING);
        Qcow2Image image = Qcow2Image.open(file, null, how, pool); // Not closed: the file is the caller's.
        image.preallocate(preallocate);
    }

    /** Makes the image in such a file, without a data file and preallocation. Suspends. */
    @CoroutineFn
    void create(StorageFile file) throws IOException {
        if (file.size() > 0) {
            // What a disk had is no image any more before parts of it are overwritten.
            file.writeZeroes(0, Math.min(file.size(), 1L << clusterBits), false);
            file.flush();
        }
        new Layout(header(), extensions(), backingName).write(file);
    }

    private void check() {
        require(version == 3 || refcountOrder == 4, "refcounts of other than 16 bits");
        require(version == 3 || !lazyRefcounts, "lazy refcounts");
        require(version == 3 || !extendedL2, "extended L2 entries");
        require(version == 3 || !zstd, "compression by zstd");
        require(version == 3 || dataFile == null, "a data file");
        if (extendedL2 && clusterBits < HeaderCheck.CLUSTER_BITS_MIN_EXTENDED) {
            throw new IllegalArgumentException("extended L2 entries with clusters of " + (1 << clusterBits)
                    + " bytes; give 16 KiB at least");
        }
        if (dataFileRaw && backingName != null) {
            throw new IllegalArgumentException("a raw data file and a backing file exclude each other");
        }
        if (backingName != null && preallocate != Preallocation.OFF && !extendedL2) {
            throw new IllegalArgumentException("a backing file and preallocation exclude each other, but "
                    + "with extended L2 entries");
        }
        long l1Size = new Geometry(clusterBits, extendedL2).l1Entries(size) * Long.BYTES;
        if (l1Size > HeaderCheck.L1_SIZE_MAX) {
            throw new IllegalArgumentException(("a disk of %d bytes in clusters of %d, whose L1 table had %d "
                    + "bytes, more than 32 MiB; give larger clusters")
                    .formatted(size, 1 << clusterBits, l1Size));
        }
    }

    private static void require(boolean kept, String what) {
        if (!kept) throw new IllegalArgumentException(what + " with version 2; give version 3");
    }

    private Header header() {
        long incompatible = bits(Feature.DATA_FILE, dataFile != null) | bits(Feature.COMPRESSION_TYPE, zstd)
                | bits(Feature.EXTENDED_L2, extendedL2);
        int entries = (int) new Geometry(clusterBits, extendedL2).l1Entries(size);
        return new Header(version, 0, 0, clusterBits, size, 0, entries, 0, 0, 0, 0, 0, incompatible,
                bits(Feature.LAZY_REFCOUNTS, lazyRefcounts),
                bits(Feature.DATA_FILE_RAW, dataFileRaw), refcountOrder,
                version == 2 ? Header.LENGTH_V2 : Header.LENGTH_V3, zstd ? 1 : 0);
    }

    private static long bits(Feature feature, boolean set) {
        return set ? feature.mask() : 0;
    }

    private List<HeaderExtension> extensions() {
        var all = new ArrayList<HeaderExtension>();
        if (backingName != null && backingFormat != null) {
            all.add(HeaderExtension.ofText(HeaderExtension.BACKING_FORMAT, backingFormat));
        }
        if (dataFile != null) all.add(HeaderExtension.ofText(HeaderExtension.DATA_FILE, dataFile));
        int taken = all.stream().mapToInt(HeaderExtension::size).sum() + Header.LENGTH_V3
                + (backingName == null ? 0 : backingName.getBytes(StandardCharsets.UTF_8).length) + 8;
        HeaderExtension names = HeaderExtension.ofFeatureNames();
        // For people alone: left out where there is no room, in clusters of 512 bytes.
        if (version == 3 && taken + names.size() <= 1 << clusterBits) all.add(names);
        return all;
    }
}
