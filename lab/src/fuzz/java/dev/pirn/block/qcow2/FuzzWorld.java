package dev.pirn.block.qcow2;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A world with one image in it, and what the targets ask of an image. */
final class FuzzWorld {
    static final int SIZE = 1 << 20;
    static final Qcow2Options READ = Qcow2Options.DEFAULT.asReadOnly().withFollow(Follow.NOTHING);
    static final Qcow2Options WRITE =
            Qcow2Options.DEFAULT.withFollow(Follow.NOTHING).withDiscard(Discard.UNMAP);
    private static final int OPERATIONS_MAX = 100_000;

    private FuzzWorld() { }

    /** What is done in a world of its own. */
    interface Deed {
        @CoroutineFn
        void run(Path path, ThreadPool pool) throws IOException;
    }

    static Qcow2Creation small() {
        return new Qcow2Creation(SIZE).clusterSize(512);
    }

    /** With the image there; in so many operations of the file. */
    static void with(byte[] image, Deed deed) {
        inWorld((sim, path, pool) -> {
            Files.write(path, image, StandardOpenOption.CREATE_NEW);
            deed.run(path, pool);
            if (sim.disk().operations() > OPERATIONS_MAX) {
                throw new AssertionError(sim.disk().operations() + " operations");
            }
        });
    }

    /** The bytes of an image that is made so. */
    static byte[] made(Deed deed) {
        var made = new byte[1][];
        inWorld((_, path, pool) -> {
            deed.run(path, pool);
            made[0] = content(path);
        });
        return made[0];
    }

    private interface SimDeed {
        @CoroutineFn
        void run(Sim sim, Path path, ThreadPool pool) throws IOException;
    }

    private static void inWorld(SimDeed deed) {
        try (var sim = Sim.of(1)) {
            EventLoop loop = sim.loop("loop");
            sim.run(loop, "fuzz", () -> {
                try (var pool = ThreadPool.of("disk", 1)) {
                    deed.run(sim, sim.disk().path("/image"), pool);
                }
            });
        }
    }

    private static byte[] content(Path path) throws IOException {
        try (var file = FileChannel.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) continue;
            return bytes.array();
        }
    }

    /** Null if it cannot be checked. */
    @CoroutineFn
    static CheckReport check(Path path, ThreadPool pool) {
        try {
            return Qcow2Check.check(path, pool);
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether it is clean then; else it says why that cannot be. */
    @CoroutineFn
    static boolean repaired(Path path, ThreadPool pool) throws IOException {
        CheckReport left = Qcow2Check.repair(path, Repair.ALL, pool);
        if (left.isClean()) return true;
        String why = left.messages().getLast();
        boolean told = why.contains("more than its refcount can hold") || why.contains("exclude each other");
        if (!told) throw new AssertionError(left.toString());
        return false;
    }

    /** After whatever was done to an image that had been sound. */
    @CoroutineFn
    static void requireHarmless(String what, Path path, ThreadPool pool) throws IOException {
        CheckReport after = Qcow2Check.check(path, pool);
        if (!after.messages().stream().allMatch(FuzzWorld::isHarmless)) {
            throw new AssertionError(what + ": " + after);
        }
    }

    /** Two entries shared a cluster, and one has left: the other copies once more than it would have to. */
    private static boolean isHarmless(String message) {
        return message.contains(": not marked as its own, but cluster ")
                && message.endsWith(" is counted 1 times") || message.endsWith(": leaked");
    }
}
