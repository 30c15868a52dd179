package dev.pirn.block;

import dev.pirn.CoroutineEntry;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.nio.file.Path;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs a test's coroutine in a real event loop, to its end, and hands on what it throws. */
public final class Loops {
    /** What a test does with a disk. */
    interface Use {
        void with(BlockDevice disk) throws Exception;
    }

    private Loops() { }

    /** Runs it. */
    public static void run(CoroutineEntry body) throws Exception {
        Throwable[] failure = {null};
        try (var loop = EventLoop.open("test")) {
            loop.onUncaught((who, e) -> {
                failure[0] = e;
                loop.stop();
            });
            loop.start("test", () -> {
                try {
                    body.run();
                } catch (Throwable e) {
                    failure[0] = e;
                }
                loop.stop();
            });
            loop.run();
        }
        switch (failure[0]) {
            case null -> { }
            case Error e -> throw e;
            case Exception e -> throw e;
            default -> throw new AssertionError(failure[0]);
        }
    }

    /** Opens the image at {@code path} for {@code use}, and closes it. */
    static void withDisk(Path path, RawOptions options, Setup setup, Use use) throws Exception {
        try (var pool = ThreadPool.of("disk", 4);
                var disk = BlockDevice.openRaw(path, setup.of(options), pool, setup.files())) {
            run(() -> use.with(disk));
        }
    }

    static MemorySegment filled(int length, int value) {
        return Arena.ofAuto().allocate(length).fill((byte) value);
    }

    static byte[] read(BlockDevice disk, long offset, int length) throws Exception {
        MemorySegment target = filled(length, 0x55);
        disk.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }
}
