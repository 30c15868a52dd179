package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Cuts the power, at a time that the seed draws, while coroutines work on an image; and has a look at what is
 * left when each of them has been told.
 *
 * <pre>
 *   make ──▶ work 0, work 1, … ──▶ crash ──▶ each ends by an IOException ──▶ compare
 * </pre>
 */
final class PowerCut {
    /** What is done, and what must be left of it; an object of its own for each seed. */
    interface Scene {
        /** Makes the image, and opens it. */
        @CoroutineFn
        void make(Path path, ThreadPool pool) throws IOException;

        /** Does one thing after the other, and does not end. */
        @CoroutineFn
        void work(int worker) throws IOException;

        /** Opens what is left. */
        @CoroutineFn
        void compare(Path path, ThreadPool pool) throws IOException;
    }

    private PowerCut() { }

    /**
     * Runs a scene.
     *
     * @param nanosMax when the power is cut at the latest
     */
    static void run(Sim sim, long nanosMax, int workers, Scene scene) {
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        try (var pool = ThreadPool.of("disk", 8)) {
            sim.run(loop, "until the power is cut", () -> {
                scene.make(path, pool);
                try (var names = FileChannel.open(sim.disk().path("/"))) {
                    names.force(true);
                }
                var running = new int[] {workers};
                for (int i = 0; i < workers; i++) {
                    int worker = i;
                    loop.start("worker " + i, () -> {
                        try {
                            scene.work(worker);
                        } catch (IOException e) {
                            if (!isPowerCut(e, workers)) throw e;
                        } finally {
                            running[0]--;
                        }
                    });
                }
                EventLoop.sleep(Duration.ofNanos(sim.random().nextLong(nanosMax)));
                sim.disk().crash();
                while (running[0] > 0) EventLoop.sleep(Duration.ofMillis(1));
                scene.compare(path, pool);
            });
        }
    }

    /** Of several workers one may come after another, whose error has stopped all. */
    private static boolean isPowerCut(IOException e, int workers) {
        String why = e + Arrays.toString(e.getSuppressed());
        return why.contains("the power was cut") || workers > 1 && why.contains("not written to any more");
    }
}
