package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.StorageFile;
import dev.pirn.block.qcow2.Qcow2Creation;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import dev.pirn.tool.Failure;
import dev.pirn.tool.OtherServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code img} asks of the qcow2 driver to open and make images. */
final class Qcow2 {
    /** What {@code -o} takes, with what it is. */
    static final Map<String, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put("backing_file", "name of the backing file");
        OPTIONS.put("backing_fmt", "its format");
        OPTIONS.put("cluster_size", "a power of two from 512 to 2M (64k)");
        OPTIONS.put("compat", "0.10 or v2, 1.1 or v3 (v3)");
        OPTIONS.put("compression_type", "zlib or zstd (zlib)");
        OPTIONS.put("data_file", "name of a file for the data");
        OPTIONS.put("data_file_raw", "on: the data file is a raw image (off)");
        OPTIONS.put("extended_l2", "on: with subclusters (off)");
        OPTIONS.put("extent_size_hint", "accepted, and left to the file system");
        OPTIONS.put("lazy_refcounts", "on: refcounts are put right later (off)");
        OPTIONS.put("nocow", "accepted, and left to the file system");
        OPTIONS.put("preallocation", "off, metadata, falloc or full (off)");
        OPTIONS.put("refcount_bits", "1, 2, 4, 8, 16, 32 or 64 (16)");
        OPTIONS.put("size", "bytes of the disk");
    }

    /** Those of them that can be changed afterwards. */
    static final Set<String> AMENDED = Set.of("backing_file", "backing_fmt", "compat", "data_file",
            "data_file_raw", "lazy_refcounts", "refcount_bits", "size");

    private static final int CLUSTER_SIZE_DEFAULT = 64 << 10;
    private static final int REFCOUNT_BITS_DEFAULT = 16;

    private Qcow2() { }

    /** Opens one. Suspends. */
    @CoroutineFn
    static BlockDevice open(Path path, OpenHow how, ThreadPool pool) throws IOException {
        StorageFile file = pool.call(() -> StorageFile.open(path, how.ofFile(), pool));
        try {
            return open(file, path, how, pool);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens one whose bytes are open already, and stay so if that fails. Suspends.
     *
     * @param path where they stand; null if that is no file
     */
    @CoroutineFn
    static BlockDevice open(StorageFile file, Path path, OpenHow how, ThreadPool pool) throws IOException {
        var options = Qcow2Options.DEFAULT.with(how.ofFile()).withFollow(how.follow())
                .withOpener(OtherServer::openBacking);
        if (how.snapshot() != null) {
            var snapshot = Qcow2Image.openSnapshot(file, path, how.snapshot(), options, pool);
            return BlockDevice.of(file.name(), snapshot, true);
        }
        return BlockDevice.of(file.name(), Qcow2Image.open(file, path, options, pool), how.readOnly());
    }

    /** What {@code create} says of one, in QEMU's order. */
    static String words(NewImage image) throws Failure {
        FormatOptions given = image.options();
        var words = new StringBuilder();
        words.append("cluster_size=").append(given.bytes("cluster_size", CLUSTER_SIZE_DEFAULT));
        words.append(" extended_l2=").append(given.text("extended_l2", "off"));
        append(words, given, "preallocation");
        words.append(" compression_type=").append(given.text("compression_type", "zlib"));
        words.append(" size=").append(image.size());
        for (String each : List.of("compat", "data_file", "data_file_raw", "backing_file", "backing_fmt")) {
            append(words, given, each);
        }
        words.append(" lazy_refcounts=").append(given.text("lazy_refcounts", "off"));
        words.append(" refcount_bits=").append(given.text("refcount_bits", "16"));
        return words.toString();
    }

    private static void append(StringBuilder words, FormatOptions given, String name) {
        if (given.has(name)) words.append(' ').append(name).append('=').append(given.text(name, null));
    }

    /** Makes one. Suspends. */
    @CoroutineFn
    static void make(NewImage image, ThreadPool pool) throws Failure, IOException {
        FormatOptions given = image.options();
        try {
            var creation = new Qcow2Creation(ImageInfo.inSectors(image.size()))
                    .clusterSize(number(given, "cluster_size", CLUSTER_SIZE_DEFAULT))
                    .refcountBits(number(given, "refcount_bits", REFCOUNT_BITS_DEFAULT))
                    .version(version(given))
                    .lazyRefcounts(given.truth("lazy_refcounts", false))
                    .extendedL2(given.truth("extended_l2", false))
                    .zstd(zstd(given))
                    .preallocate(given.preallocation());
            if (given.has(FormatOptions.BACKING)) {
                creation.backing(given.text(FormatOptions.BACKING, null),
                        given.text(FormatOptions.BACKING_FORMAT, null));
            }
            boolean raw = given.truth("data_file_raw", false);
            if (given.has("data_file")) creation.dataFile(given.text("data_file", null), raw);
            if (image.isExport()) {
                try (StorageFile export = image.export()) {
                    creation.create(export, pool);
                }
            } else {
                creation.create(image.file(), pool);
            }
        } catch (IllegalArgumentException e) {
            throw FormatOptions.usage("cannot be made so", e.getMessage());
        }
    }

    /** What is too large for a number is too large for the format too, which says so. */
    private static int number(FormatOptions given, String name, int otherwise) throws Failure {
        return (int) Math.min(Integer.MAX_VALUE, given.bytes(name, otherwise));
    }

    /** What {@code compat} says. */
    static int version(FormatOptions given) throws Failure {
        String compat = given.text("compat", "1.1");
        return switch (compat) {
            case "0.10", "v2" -> 2;
            case "1.1", "v3" -> 3;
            default -> throw FormatOptions.usage("-o compat is 0.10, v2, 1.1 or v3", compat);
        };
    }

    private static boolean zstd(FormatOptions given) throws Failure {
        String type = given.text("compression_type", "zlib");
        return switch (type) {
            case "zlib" -> false;
            case "zstd" -> true;
            default -> throw FormatOptions.usage("-o compression_type is zlib or zstd", type);
        };
    }
}
