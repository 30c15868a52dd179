package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The compiler takes Thread.currentThread() for constant within a method, which is wrong once the method was
 * suspended and goes on in another thread: QEMU's cached thread-local in Java's clothes. What we ask must
 * never be read that way.
 */
class StaleThreadTest {
    private static final int TURNS = 2_000;
    private static final int SWITCHES_A_TURN = 500;
    /** Fewer, for frames in a thread of their own cannot go stale, and a switch takes two threads. */
    private static final int TURNS_OF_THREADS = Boolean.getBoolean("pirn.long") ? TURNS : TURNS / 40;

    private final ExecutorService a = Executors.newSingleThreadExecutor();
    private final ExecutorService b = Executors.newSingleThreadExecutor();
    private volatile Thread here;
    private int stale;
    private int wrong;

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    /** Runs the step 500 times in each of the turns, most in the one thread, every 500th in the other. */
    private void turns(int turns, Runnable step) throws InterruptedException, ExecutionException {
        for (int turn = 0; turn < turns; turn++) {
            a.submit(() -> {
                here = Thread.currentThread();
                for (int i = 1; i < SWITCHES_A_TURN; i++) step.run();
            }).get();
            b.submit(() -> {
                here = Thread.currentThread();
                step.run();
            }).get();
        }
    }

    /**
     * Raw code that reads the thread before and after a switch, compiled, sees the old one: the trap is
     * there.
     */
    @Test
    void rawContinuationsReadTheThreadTheyLeft() throws Exception {
        var scope = new ContinuationScope("raw");
        var raw = new Continuation(scope, () -> {
            while (true) rawStep(scope);
        });
        int attempts = 0; // A loaded machine may come to compile it late.
        while (stale == 0 && attempts++ < 10) turns(TURNS, raw::run);
        assertTrue(stale > 0, "no stale read in " + 20 * TURNS + " migrations: is the trap gone?");
    }

    private void rawStep(ContinuationScope scope) {
        Thread before = Thread.currentThread();
        Continuation.yield(scope);
        Thread after = Thread.currentThread();
        if (after != here) stale++;
        if (before == null) throw new AssertionError();
    }

    /** What is ours is right at each of a million switches, with the same reads around it. */
    @ParameterizedTest @EnumSource
    void selfAndInCoroutineAreRightAfterEachSwitch(Backend backend) throws Exception {
        Coroutine[] co = new Coroutine[1];
        int turns = backend == Backend.THREAD ? TURNS_OF_THREADS : TURNS;
        co[0] = Coroutine.create(backend, "migrant", () -> {
            for (int i = 0; i < turns * SWITCHES_A_TURN; i++) step(co[0]);
        });
        turns(turns, co[0]::enter);
        assertEquals(Coroutine.State.SUSPENDED, co[0].state());
        assertEquals(0, wrong);
        co[0].enter();
        assertEquals(Coroutine.State.DONE, co[0].state());
    }

    @CoroutineFn
    private void step(Coroutine expected) {
        if (Coroutine.self() != expected || !Coroutine.inCoroutine()) wrong++;
        Coroutine.yield();
        if (Coroutine.self() != expected || !Coroutine.inCoroutine()) wrong++;
    }

    /** A home, too, is the coroutine's and not the thread's. */
    @ParameterizedTest @EnumSource
    void homeIsRightAfterEachMigration(Backend backend) throws Exception {
        var homes = new ManualHome[] {new ManualHome("a"), new ManualHome("b")};
        ManualHome[] current = new ManualHome[1];
        var co = Coroutine.create(backend, "migrant", () -> {
            while (true) {
                if (Home.current() != current[0]) wrong++;
                Coroutine.yield();
                if (Home.current() != current[0]) wrong++;
            }
        });
        for (int i = 0; i < 20_000; i++) {
            current[0] = homes[i % 2];
            (i % 2 == 0 ? a : b).submit(() -> current[0].in(co::enter)).get();
        }
        assertEquals(0, wrong);
        co.cancel();
        homes[1].turn();
        assertEquals(Coroutine.State.DONE, co.state());
    }
}
