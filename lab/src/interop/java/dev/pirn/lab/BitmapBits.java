package dev.pirn.lab;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.qcow2.Bitmap;
import dev.pirn.block.qcow2.Follow;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What bitmaps say: those of images at rest, and those that are served. */
final class BitmapBits {
    private static final Qcow2Options READ =
            Qcow2Options.DEFAULT.asReadOnly().withFollow(Follow.NOTHING);

    private BitmapBits() { }

    /** The dirty runs of all that can be used, by name and flags: each "offset length". */
    static Map<String, List<String>> of(Path image) throws Exception {
        try (var loop = EventLoop.open("bits"); var pool = ThreadPool.of("disk", 1)) {
            return loop.<Map<String, List<String>>, Exception>run("bits", () -> {
                var all = new LinkedHashMap<String, List<String>>();
                try (var disk = Qcow2Image.open(image, READ, pool)) {
                    for (Bitmap each : disk.bitmaps().list()) {
                        var runs = new ArrayList<String>();
                        all.put(each.toString(), runs);
                        if (!each.isUsable()) continue;
                        long at = 0;
                        for (var run : disk.bitmaps().view(each.name()).runs(0, disk.size(), 100_000)) {
                            if (run.isDirty()) runs.add(at + " " + run.length());
                            at += run.length();
                        }
                    }
                }
                return all;
            });
        }
    }

    /** What a server's says, as nbdinfo prints it: each line "offset length flags". */
    static List<String> served(String name, String... server) throws InterruptedException {
        var arguments = new ArrayList<>(List.of("--map=qemu:dirty-bitmap:" + name));
        arguments.addAll(List.of(server));
        return Clients.run("nbdinfo", arguments.toArray(String[]::new)).lines()
                .map(line -> String.join(" ", List.of(line.trim().split(" +")).subList(0, 3))).toList();
    }

    /** The same of an image at rest, by qemu-nbd. */
    static List<String> servedByQemu(String name, Path image) throws InterruptedException {
        return served(name, "--", "[", "qemu-nbd", "-r", "-f", "qcow2", "-B", name, image.toString(), "]");
    }
}
