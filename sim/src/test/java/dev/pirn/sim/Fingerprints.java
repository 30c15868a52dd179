package dev.pirn.sim;

import dev.pirn.Home;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.time.Duration;
import java.util.List;

/** A run of two loops and a pool, for JVMs to be compared by: prints what each seed comes to. */
final class Fingerprints {
    private Fingerprints() { }

    public static void main(String[] args) {
        for (int seed = 0; seed < Integer.parseInt(args[0]); seed++) {
            try (var sim = Sim.of(seed)) {
                System.out.println(of(sim));
            }
        }
    }

    static long of(Sim sim) {
        var pool = ThreadPool.of("pool", 2);
        for (String name : List.of("a", "b")) {
            EventLoop loop = sim.loop(name);
            for (int i = 0; i < 3; i++) {
                String who = name + i;
                loop.start(who, () -> {
                    Home.yieldTurn();
                    sim.trace(who + " " + pool.call(() -> "worked"));
                    EventLoop.sleep(Duration.ofMillis(1));
                    sim.trace(who + " slept");
                });
            }
        }
        sim.run();
        return sim.fingerprint();
    }
}
