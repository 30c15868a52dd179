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

    @CoroutineFn
    private static NbdContext.Source bits(Qcow2Image image, String name) throws Failure {
        BitmapView view;
        try {
            view = image.bitmaps().viewToServe(name);
        } catch (IOException e) {
            throw Failure.of("cannot be served", e.getMessage()).causedBy(e);
        }
        return (offset, length, countMax) -> view.runs(offset, length, countMax).stream()
                .map(each -> new Status(each.length(), each.isDirty() ? DIRTY : 0)).toList();
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
