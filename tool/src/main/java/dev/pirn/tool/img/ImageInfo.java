package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawImages;
import dev.pirn.block.qcow2.Bitmap;
import dev.pirn.block.qcow2.Header;
import dev.pirn.block.qcow2.Qcow2Image;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code info} tells of one image, with the keys and in the words of QEMU 7.2.
 *
 * @param virtualSize in bytes, as QEMU counts: whole sectors of 512
 * @param actualSize bytes that its file takes; below zero if nobody knows
 * @param qcow2 null for raw
 * @param snapshots those in it
 * @param bitmaps its persistent ones
 */
record ImageInfo(String name, Format format, long virtualSize, long actualSize, boolean isFile,
        Qcow2Image qcow2, SnapshotList snapshots, List<Bitmap> bitmaps) {
    private static final int SECTOR_SIZE = 512;

    /** Asks an image. Suspends. */
    @CoroutineFn
    static ImageInfo of(Layer image, ThreadPool pool) throws IOException {
        Path file = image.file();
        long actual = file == null ? -1 : pool.call(() -> RawImages.stored(file));
        return new ImageInfo(image.name(), image.format(), inSectors(image.device().size()), actual,
                file != null, image.qcow2(), snapshots(image.qcow2()),
                image.qcow2() == null ? List.of() : image.qcow2().bitmaps().list());
    }

    @CoroutineFn
    private static SnapshotList snapshots(Qcow2Image image) throws IOException {
        return new SnapshotList(image == null ? List.of() : image.snapshots().list());
    }

    /** Rounded up to whole sectors, as many as fit. */
    static long inSectors(long size) {
        long rest = size % SECTOR_SIZE;
        return rest == 0 || size > Long.MAX_VALUE - SECTOR_SIZE ? size - rest : size - rest + SECTOR_SIZE;
    }

    /** The backing file's name as it stands in the image; null for none. */
    String backingName() {
        return qcow2 == null ? null : qcow2.backingName();
    }

    /** … and as it is found from here. */
    String fullBackingName() {
        return Names.combined(name, backingName());
    }

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        if (!snapshots.isEmpty()) json.put("snapshots", snapshots.json());
        if (backingName() != null && qcow2.backingFormat() != null) {
            json.put("backing-filename-format", qcow2.backingFormat());
        }
        json.put("virtual-size", virtualSize);
        json.put("filename", name);
        if (qcow2 != null) json.put("cluster-size", qcow2.header().clusterSize());
        json.put("format", format.name());
        if (actualSize >= 0) json.put("actual-size", actualSize);
        if (qcow2 != null) json.put("format-specific", specific());
        if (backingName() != null) {
            json.put("full-backing-filename", fullBackingName());
            json.put("backing-filename", backingName());
        }
        if (isFile || qcow2 != null) json.put("dirty-flag", qcow2 != null && qcow2.header().isDirty());
        return json;
    }

    private Map<String, Object> specific() {
        var json = new LinkedHashMap<String, Object>();
        json.put("type", format.name());
        json.put("data", data());
        return json;
    }

    /** What qcow2 alone has. */
    private Map<String, Object> data() {
        Header header = qcow2.header();
        var json = new LinkedHashMap<String, Object>();
        json.put("compat", header.version() == 2 ? "0.10" : "1.1");
        json.put("compression-type", header.compressionType() == 0 ? "zlib" : "zstd");
        if (header.version() == 2) {
            json.put("refcount-bits", header.refcountBits());
            return json;
        }
        json.put("lazy-refcounts", header.hasLazyRefcounts());
        if (!bitmaps.isEmpty()) json.put("bitmaps", bitmaps.stream().map(ImageInfo::bitmap).toList());
        json.put("refcount-bits", header.refcountBits());
        if (header.hasDataFile()) {
            if (qcow2.dataFileName() != null) json.put("data-file", qcow2.dataFileName());
            json.put("data-file-raw", header.isDataFileRaw());
        }
        json.put("corrupt", header.isCorrupt());
        json.put("extended-l2", header.hasExtendedL2());
        return json;
    }

    private static Map<String, Object> bitmap(Bitmap bitmap) {
        var flags = new ArrayList<String>();
        if (bitmap.isInUse()) flags.add("in-use");
        if (bitmap.isAuto()) flags.add("auto");
        var json = new LinkedHashMap<String, Object>();
        json.put("flags", flags);
        json.put("name", bitmap.name());
        json.put("granularity", bitmap.granularity());
        return json;
    }

    String text() {
        var text = new StringBuilder();
        line(text, "image", name);
        line(text, "file format", format);
        // Not by %d, which loads what the JDK knows of the user's language: a tenth of the time of it all.
        line(text, "virtual size", Sizes.shown(virtualSize) + " (" + virtualSize + " bytes)");
        line(text, "disk size", actualSize < 0 ? "unavailable" : Sizes.shown(actualSize));
        if (qcow2 == null) return text.toString();
        Header header = qcow2.header();
        line(text, "cluster_size", header.clusterSize());
        if (backingName() != null) {
            String full = fullBackingName();
            boolean same = full.equals(backingName());
            line(text, "backing file", backingName() + (same ? "" : " (actual path: " + full + ")"));
            if (qcow2.backingFormat() != null) line(text, "backing file format", qcow2.backingFormat());
        }
        text.append(snapshots.text());
        text.append("Format specific information:\n");
        data().forEach((key, value) -> lines(text, "    ", key, value));
        return text.toString();
    }

    /** Lists and maps have their parts on lines of their own. */
    private static void lines(StringBuilder text, String indent, String key, Object value) {
        String label = indent + key.replace('-', ' ');
        switch (value) {
            case List<?> all -> {
                text.append(label).append(":\n");
                for (int i = 0; i < all.size(); i++) lines(text, indent + "    ", "[" + i + "]", all.get(i));
            }
            case Map<?, ?> all -> {
                text.append(label).append(":\n");
                all.forEach((name, each) -> lines(text, indent + "    ", name.toString(), each));
            }
            default -> line(text, label, value);
        }
    }

    private static void line(StringBuilder text, String key, Object value) {
        text.append(key).append(": ").append(value).append('\n');
    }
}
