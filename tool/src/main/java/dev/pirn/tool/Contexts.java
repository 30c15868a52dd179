package dev.pirn.tool;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.qcow2.BitmapView;
import dev.pirn.block.qcow2.Mapping;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.CoroutineFn;
import dev.pirn.nbd.NbdContext;
import dev.pirn.nbd.NbdContext.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** QEMU's metadata contexts: {@code qemu:dirty-bitmap:NAME} and {@code qemu:allocation-depth}. */
final class Contexts {
    private static final int DIRTY = 1;

    private Contexts() { }

    /** Those of a disk. Suspends. */
    @CoroutineFn
    static List<NbdContext> of(BlockDevice disk, List<String> bitmaps, boolean depth) throws Failure {
        var contexts = new ArrayList<NbdContext>();
        Qcow2Image qcow2 = disk.driver() instanceof Qcow2Image image ? image : null;
        // As QEMU numbers them.
        if (depth) contexts.add(new NbdContext("qemu:allocation-depth", (offset, length, countMax) ->
                qcow2 == null ? List.of(new Status(length, 1)) : depths(qcow2, offset, length, countMax)));
        for (String each : bitmaps) {
            if (qcow2 == null) throw Failure.of("raw images have no bitmaps", disk.name());
            contexts.add(new NbdContext("qemu:dirty-bitmap:" + each, bits(qcow2, each)));
        }
        return contexts;
    }

    /** Of the first layer that has one of that name, from the disk itself down, as QEMU looks for it. */
    @CoroutineFn
    private static NbdContext.Source bits(Qcow2Image image, String name) throws Failure {
        BitmapView view;
        long size;
        try {
            Qcow2Image layer = layerWith(image, name);
            view = layer.bitmaps().viewToServe(name);
            size = layer.size();
        } catch (IOException e) {
            throw Failure.of("cannot be served", e.getMessage()).causedBy(e);
        }
        return (offset, length, countMax) -> {
            // A layer below may be shorter than the disk: what lies behind it was never written there.
            if (offset >= size) return List.of(new Status(length, 0));
            return view.runs(offset, Math.min(length, size - offset), countMax).stream()
                    .map(each -> new Status(each.length(), each.isDirty() ? DIRTY : 0)).toList();
        };
    }

    /** The image itself where nobody has it. */
    @CoroutineFn
    private static Qcow2Image layerWith(Qcow2Image image, String name) throws IOException {
        for (Qcow2Image layer = image; ; ) {
            if (layer.bitmaps().list().stream().anyMatch(each -> each.name().equals(name))) return layer;
            BlockDevice below = layer.backing();
            if (below == null || !(below.driver() instanceof Qcow2Image next)) return image;
            layer = next;
        }
    }

    /** 0 where nobody stored anything, 1 for the image itself, 2 for its backing file, and so on. */
    @CoroutineFn
    private static List<Status> depths(Qcow2Image image, long offset, long length, int countMax)
            throws IOException {
        var all = new ArrayList<Status>();
        for (long done = 0; done < length && all.size() < countMax; ) {
            Mapping next = image.mapping(offset + done, length - done);
            all.add(new Status(next.length(), next.isPresent() ? next.depth() + 1 : 0));
            done += next.length();
        }
        return all;
    }
}
