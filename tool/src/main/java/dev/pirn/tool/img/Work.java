package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.tool.Failure;
import java.io.IOException;
import java.util.ArrayDeque;

/** What one verb does, in a coroutine of an event loop of its own, with the images that it opened. */
final class Work implements AutoCloseable {
    /** Blocking file work at a time; a disk has few heads, and the page cache needs none of them. */
    private static final int THREADS = 16;

    /**
     * The verb itself.
     *
     * @param <T> its result
     */
    @FunctionalInterface
    interface Body<T> {
        @CoroutineFn
        T run(Work work) throws Failure, IOException;
    }

    private final ThreadPool pool;
    private final ArrayDeque<DiskImage> open = new ArrayDeque<>();

    private Work(ThreadPool pool) {
        this.pool = pool;
    }

    /** Runs {@code body} to its end, in this thread; then closes what it left open, the last first. */
    @NoCoroutineFn
    static <T> T run(Body<T> body) throws Failure, IOException {
        try (var loop = EventLoop.open("img"); var pool = ThreadPool.of("disk", THREADS)) {
            return loop.<T, Exception>run("img", () -> {
                try (var work = new Work(pool)) {
                    return body.run(work);
                }
            });
        } catch (Failure | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e); // A body throws no other.
        }
    }

    ThreadPool pool() {
        return pool;
    }

    /** Opens an image, which is closed with this. Suspends. */
    @CoroutineFn
    DiskImage open(String where, OpenHow how) throws Failure, IOException {
        DiskImage image = Opening.open(where, how, pool);
        open.push(image);
        return image;
    }

    /** Makes an image. Suspends. */
    @CoroutineFn
    void make(NewImage image) throws Failure {
        image.make(pool);
    }

    /** Closes one before the others. Suspends, if its format writes at its end. */
    @CoroutineFn
    void close(DiskImage image) throws IOException {
        open.remove(image);
        image.close();
    }

    @Override
    @CoroutineFn
    public void close() throws IOException {
        IOException failed = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (IOException e) {
                if (failed == null) failed = e; else failed.addSuppressed(e);
            }
        }
        if (failed != null) throw failed;
    }
}
