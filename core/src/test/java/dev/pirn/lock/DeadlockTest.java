package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.Coroutines;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The dump says who has what others wait for, and who waits in a circle. */
class DeadlockTest {
    private final Bench bench = new Bench();
    private final CoMutex m1 = new CoMutex("m1");
    private final CoMutex m2 = new CoMutex("m2");
    private final CoRwLock r1 = new CoRwLock("r1");

    @BeforeEach
    void track() {
        Coroutines.track(true);
    }

    @AfterEach
    void close() {
        bench.close();
        Coroutines.track(false);
    }

    private static String dump() throws IOException {
        var text = new StringBuilder();
        Coroutines.dump(text);
        return text.toString();
    }

    @Test
    void twoThatLockInDifferentOrder() throws IOException {
        Coroutine a = bench.start("a", () -> {
            m1.lock();
            EventLoop.yieldTurn();
            m2.lock();
        });
        Coroutine b = bench.start("b", () -> {
            m2.lock();
            EventLoop.yieldTurn();
            m1.lock();
        });
        bench.turns();
        assertEquals(List.of("\"a\" waits for mutex \"m2\", held by \"b\", which waits for mutex \"m1\", "
                + "held by \"a\""), Coroutines.deadlocks());
        assertTrue(dump().contains("\nDeadlock: \"a\" waits for mutex \"m2\", held by \"b\""), dump());
        var json = new StringBuilder();
        Coroutines.dumpJson(json);
        assertTrue(json.toString().contains("\"deadlocks\":[\"\\\"a\\\" waits for mutex"), json.toString());
        assertEquals(Coroutine.State.SUSPENDED, a.state());
        assertEquals(Coroutine.State.SUSPENDED, b.state());
    }

    /** The writer waits for two readers, one of which waits for it. */
    @Test
    void throughAnRwLock() {
        bench.start("c", () -> {
            r1.readLock();
            Coroutine.yield();
        });
        bench.start("a", () -> {
            r1.readLock();
            EventLoop.yieldTurn();
            m1.lock();
        });
        bench.start("b", () -> {
            m1.lock();
            EventLoop.yieldTurn();
            r1.writeLock();
        });
        bench.turns();
        assertEquals(List.of("\"a\" waits for mutex \"m1\", held by \"b\", which waits for rwlock \"r1\", "
                + "held by \"a\""), Coroutines.deadlocks());
    }

    @Test
    void whoOnlyWaitsIsNoDeadlock() throws IOException {
        bench.start("a", () -> {
            m1.lock();
            Coroutine.yield();
        });
        bench.start("b", m1::lock);
        bench.turns();
        assertEquals(List.of(), Coroutines.deadlocks());
        assertTrue(dump().contains("waits for mutex \"m1\", held by \"a\""), dump());
    }
}
