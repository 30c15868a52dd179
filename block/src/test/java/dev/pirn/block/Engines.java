package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import java.util.ArrayList;
import java.util.List;

/** Both engines, for tests that hold for each. */
final class Engines {
    private Engines() { }

    /** Those that this machine's kernel has. */
    static List<Engine> available() {
        var engines = new ArrayList<Engine>();
        if (LinuxFile.isAvailable()) engines.add(Engine.NIO);
        if (Setup.available().contains(Setup.URING)) engines.add(Engine.URING);
        return engines;
    }

    static AsyncIo cached(Engine engine, ThreadPool pool) {
        return of(engine, pool, false);
    }

    static AsyncIo direct(Engine engine, ThreadPool pool) {
        return of(engine, pool, true);
    }

    private static AsyncIo of(Engine engine, ThreadPool pool, boolean direct) {
        var threads = new PoolIo(pool);
        return engine == Engine.NIO ? threads : new RingIo(Rings.SYSTEM, threads, direct);
    }
}
