package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A disk of 100 GiB in clusters of 512 bytes has three million L2 tables, none of which is there. */
class SparseDiskTest {
    private static final long SIZE = 100L << 30;

    private interface Body {
        void run(Qcow2Image image, MemoryFile file) throws IOException;
    }

    private static void with(Body body) throws Exception {
        try (var loop = EventLoop.open("test"); var pool = ThreadPool.of("pool", 1)) {
            loop.run("test", () -> {
                var file = new MemoryFile(new byte[0]);
                new Qcow2Creation(SIZE).clusterSize(512).create(file);
                try (var image = Qcow2Image.open(file, Path.of("/"), Qcow2Options.DEFAULT, pool)) {
                    body.run(image, file);
                }
                return null;
            });
        }
    }

    /** Of the L1 table's 25 MiB each 256 KiB are read once. */
    @Test
    void nothingAtAllIsOneExtentOfFewReads() throws Exception {
        with((image, file) -> {
            long before = file.calls();
            assertEquals(List.of(new Extent(SIZE, true, true)), image.extents(0, SIZE, 100));
            assertTrue(file.calls() - before < 150, "calls: " + (file.calls() - before));
            long again = file.calls();
            assertEquals(SIZE, image.mapping(0, SIZE).length());
            assertEquals(again, file.calls());
        });
    }

    @Test
    void dataInTheMiddleEndsTheRunsBesideIt() throws Exception {
        with((image, file) -> {
            long at = (70L << 30) + 512;
            image.write(at, Arena.ofAuto().allocate(1024).fill((byte) 1));
            var hole = new Extent(at, true, true);
            var rest = new Extent(SIZE - at - 1024, true, true);
            // Its own L2 table's rest apart: the two are not put together.
            List<Extent> all = image.extents(0, SIZE, 100);
            long before = 0;
            for (int i = 0; i < all.size() && !all.get(i).equals(Extent.ofData(1024)); i++) {
                before += all.get(i).length();
            }
            assertEquals(hole.length(), before);
            assertTrue(all.size() <= 5, all.toString());
            assertEquals(rest.length(), all.stream().mapToLong(Extent::length).sum() - before - 1024);
            image.flush();
        });
    }
}
