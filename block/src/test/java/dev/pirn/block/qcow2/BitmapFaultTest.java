package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Loops;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each call of the file below fails once while bitmaps are changed: all is as before then, or all done, no
 * cluster is lost that the image does not name yet, and doing it again does it.
 */
class BitmapFaultTest {
    private static final int SIZE = 1 << 20;
    private static final int CLUSTER = 1024;
    private static final List<String> COPIED = List.of("a", "b");

    /** What is done to an image with a bitmap "there". */
    enum Change {
        COPY {
            @Override
            void make(Qcow2Image image, Qcow2Image other) throws IOException {
                image.bitmaps().copy(other.bitmaps(), COPIED);
            }
        },
        ADD {
            @Override
            void make(Qcow2Image image, Qcow2Image other) throws IOException {
                image.bitmaps().add("new", 4096, false);
            }
        },
        CLEAR {
            @Override
            void make(Qcow2Image image, Qcow2Image other) throws IOException {
                image.bitmaps().clear("there");
            }
        },
        MERGE {
            @Override
            void make(Qcow2Image image, Qcow2Image other) throws IOException {
                image.bitmaps().merge("there", other.bitmaps(), "a");
            }
        },
        NOTE_WRITES {
            @Override
            void make(Qcow2Image image, Qcow2Image other) throws IOException {
                image.write(SIZE / 2, bytes(512));
                image.finish();
            }
        };

        @CoroutineFn
        abstract void make(Qcow2Image image, Qcow2Image other) throws IOException;
    }

    private static MemorySegment bytes(int count) {
        return Arena.ofAuto().allocate(count).fill((byte) 1);
    }

    @CoroutineFn
    private static Qcow2Image open(FailingFile file, ThreadPool pool) throws IOException {
        return Qcow2Image.open(file, Path.of("."), Qcow2Options.DEFAULT, pool);
    }

    @CoroutineFn
    private static FailingFile made(ThreadPool pool, int first, List<String> bitmaps)
            throws IOException {
        var file = new FailingFile(new MemoryFile(new byte[0]));
        new Qcow2Creation(SIZE).clusterSize(CLUSTER).create(file);
        Qcow2Image image = open(file, pool);
        for (String each : bitmaps) image.bitmaps().add(each, 512, true);
        for (int at = first; at < SIZE; at += SIZE / 4) image.write(at, bytes(512));
        image.finish();
        image.flush();
        return file;
    }

    @CoroutineFn
    private static List<String> state(Qcow2Image image) throws IOException {
        var found = new ArrayList<String>();
        for (Bitmap each : image.bitmaps().list()) {
            found.add(each + " " + image.bitmaps().view(each.name()).runs(0, SIZE, Integer.MAX_VALUE));
        }
        return found;
    }

    /** Returns whether a call failed. */
    @CoroutineFn
    private static boolean fails(Change change, int after, byte[] other, ThreadPool pool) throws IOException {
        FailingFile file = made(pool, 0, List.of("there"));
        Qcow2Image image = open(file, pool);
        Qcow2Image from = open(new FailingFile(new MemoryFile(other)), pool);
        List<String> before = state(image);
        int pages = image.bitmaps().pagesUsed();
        boolean inHeader = false;
        file.failAfter(after, false);
        try {
            change.make(image, from);
        } catch (IOException e) {
            inHeader = Arrays.stream(e.getStackTrace())
                    .anyMatch(each -> each.getClassName().endsWith("BitmapsExtension"));
        }
        boolean failed = file.heal();
        int pagesThen = image.bitmaps().pagesUsed();
        String where = change + ", call " + after + ": ";
        assertEquals(0, from.bitmaps().pagesUsed(), where);
        if (inHeader) { // Which directory it names is for those to see who open it anew.
            assertThrows(IOException.class, image::flush, where);
            assertTrue(Qcow2Check.check(file).isSound(), where);
            var again = open(file, pool).bitmaps();
            for (Bitmap each : again.list()) assertTrue(!each.isUsable() || again.view(each.name()) != null);
            return true;
        }
        image.flush();
        boolean done = !state(image).equals(before);
        CheckReport report = image.check();
        assertTrue(report.isSound(), where + report);
        if (failed && !done && change != Change.NOTE_WRITES) {
            assertTrue(report.isClean(), where + report);
            assertEquals(pages, pagesThen, where);
        }
        if (failed && !done) change.make(image, from);
        List<String> after1 = state(image);
        image.finish();
        image.flush();
        assertEquals(after1, state(open(file, pool)), where);
        assertTrue(Qcow2Check.check(file).isSound(), where);
        return failed;
    }

    @ParameterizedTest
    @EnumSource
    void asBeforeOrDone(Change change) throws Exception {
        try (var pool = ThreadPool.of("disk", 1)) {
            Loops.run(() -> {
                var file = made(pool, 4096, COPIED);
                byte[] content = content(file);
                int calls = 0;
                while (fails(change, calls, content, pool)) calls++;
                assertTrue(calls > 5, calls + " calls");
            });
        }
    }

    @CoroutineFn
    private static byte[] content(FailingFile file) throws IOException {
        var all = Arena.ofAuto().allocate(file.size());
        file.read(0, all);
        return all.toArray(ValueLayout.JAVA_BYTE);
    }
}
