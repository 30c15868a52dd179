package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.qcow2.Bitmap;
import dev.pirn.tool.Failure;
import java.io.IOException;
import java.util.List;

/** The bitmaps that {@code convert --bitmaps} copies; what cannot be is refused before the disk is copied. */
final class BitmapCopy {
    private static final int VERSION_MIN = 3;

    private final DiskImage source;
    private final List<Bitmap> all;

    private BitmapCopy(DiskImage source, List<Bitmap> all) {
        this.source = source;
        this.all = all;
    }

    /**
     * Those of {@code source}. Suspends.
     *
     * @param skip whether to leave those that cannot be used
     */
    @CoroutineFn
    static BitmapCopy of(DiskImage source, boolean skip) throws Failure, IOException {
        if (version(source) < VERSION_MIN) {
            throw Failure.of("can have no bitmaps: qcow2 images of version 3 can", source.name());
        }
        List<Bitmap> all = source.qcow2().bitmaps().list();
        for (Bitmap each : all.reversed()) { // As QEMU has them.
            if (skip || each.isUsable()) continue;
            throw Failure.of("inconsistent, and not copied", source.name() + ": \"" + each.name() + "\"")
                    .hint("--skip-broken-bitmaps leaves it out; img bitmap --remove deletes it");
        }
        return new BitmapCopy(source, all);
    }

    private static int version(DiskImage image) {
        return image.qcow2() == null ? 0 : image.qcow2().header().version();
    }

    /**
     * Throws unless an image can have them.
     *
     * @param version of qcow2; 0 for raw images
     */
    void requireAt(String target, int version, long size) throws Failure {
        if (version < VERSION_MIN) {
            throw Failure.of("can have no bitmaps: qcow2 images of version 3 can", target);
        }
        if (size != source.size()) {
            throw Failure.of("of another size, and not that of what is copied, which its bitmaps have",
                    "%s has %d bytes, and %s %d".formatted(target, size, source.name(), source.size()));
        }
    }

    /** The same of an image that is there, and may have some. Suspends. */
    @CoroutineFn
    void requireAt(DiskImage target) throws Failure, IOException {
        requireAt(target.name(), version(target), target.size());
        List<String> taken = target.qcow2().bitmaps().list().stream().map(Bitmap::name).toList();
        for (Bitmap each : all) {
            if (!each.isUsable() || !taken.contains(each.name())) continue;
            throw Failure.of("there is a bitmap of that name", target.name() + ": \"" + each.name() + "\"");
        }
    }

    /** Copies them, and says which it leaves. Suspends. */
    @CoroutineFn
    void to(DiskImage target, Common common) throws IOException {
        for (Bitmap each : all.reversed()) {
            if (!each.isUsable()) common.warn("inconsistent, and not copied: bitmap \"" + each.name() + "\"");
        }
        List<String> names = all.stream().filter(Bitmap::isUsable).map(Bitmap::name).toList();
        if (!names.isEmpty()) target.qcow2().bitmaps().copy(source.qcow2().bitmaps(), names);
    }
}
