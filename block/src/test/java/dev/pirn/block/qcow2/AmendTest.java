package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Loops;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Amendments of images in memory. */
class AmendTest {
    private static final int SIZE = 64 << 10;

    private final FailingFile file = new FailingFile(new MemoryFile(new byte[0]));
    private final ThreadPool pool = ThreadPool.of("disk", 1);

    @AfterEach
    void close() {
        pool.close();
    }

    @CoroutineFn
    private Qcow2Image open() throws IOException {
        return Qcow2Image.open(file, Path.of("."), Qcow2Options.DEFAULT.withFollow(Follow.NOTHING), pool);
    }

    /** The format lets it be named at the command line alone; QEMU's amend writes the name then, too. */
    @Test
    void dataFileThatNobodyNamed() throws Exception {
        Loops.run(() -> {
            new Qcow2Creation(SIZE).create(file);
            Header header = Preamble.read(file).header();
            long bit = Feature.DATA_FILE.mask();
            new HeaderFile(file, header).updateSafely(each -> new Header(each.version(), 0, 0,
                    each.clusterBits(), SIZE, 0, each.l1Entries(), each.l1Offset(),
                    each.refcountTableOffset(), each.refcountTableClusters(), 0, 0, bit, 0, 0,
                    each.refcountOrder(), each.headerLength(), 0));
            Qcow2Amend.dataFile(file, "data");
            assertEquals("data", open().dataFileName());
            Qcow2Amend.dataFile(file, "other");
            assertEquals("other", open().dataFileName());
        });
    }

    /** Each call fails once: unless the image is of version 2 then, its bitmap is there. */
    @Test
    void downgradeThatFailsBeforeItsEnd() throws Exception {
        Loops.run(() -> {
            new Qcow2Creation(SIZE).clusterSize(1024).create(file);
            Qcow2Image made = open();
            made.bitmaps().add("one", 4096, false);
            made.bitmaps().add("two", 4096, false);
            made.write(0, Arena.ofAuto().allocate(4096).fill((byte) 1));
            made.writeZeroes(1024, 1024, false);
            made.finish();
            made.flush();
            // The very first write of it.
            file.failAfter(0, false);
            assertThrows(IOException.class, () -> Qcow2Amend.downgrade(file, pool));
            file.heal();
            assertEquals(List.of("one", "two"), names());
            int calls = 1;
            boolean zeroesFailed = false;
            while (true) {
                file.failAfter(calls++, false);
                try {
                    Qcow2Amend.downgrade(file, pool);
                    break;
                } catch (IOException e) {
                    file.heal();
                    boolean expanding = e.getStackTrace().length > 0 && has(e, "ZeroExpansion");
                    zeroesFailed |= expanding;
                    if (expanding) assertEquals(List.of("one", "two"), names(), "call " + calls);
                }
            }
            file.heal();
            assertTrue(zeroesFailed);
            assertEquals(2, Preamble.read(file).header().version());
            assertTrue(Qcow2Check.check(file).isSound());
        });
    }

    private static boolean has(IOException e, String type) {
        for (StackTraceElement each : e.getStackTrace()) {
            if (each.getClassName().endsWith(type)) return true;
        }
        return false;
    }

    @CoroutineFn
    private List<String> names() throws IOException {
        return open().bitmaps().list().stream().map(Bitmap::name).toList();
    }
}
