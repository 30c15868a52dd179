package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.Coroutine;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoRwLockTest {
    private final Bench bench = new Bench();
    private final CoRwLock lock = new CoRwLock("r1");

    @AfterEach
    void close() {
        bench.close();
    }

    private Coroutine reader(String name) {
        return bench.start(name, () -> {
            lock.readLock();
            bench.say(name + " reads");
            Coroutine.yield();
            lock.unlock();
        });
    }

    private Coroutine writer(String name) {
        return bench.start(name, () -> {
            lock.writeLock();
            bench.say(name + " writes");
            Coroutine.yield();
            lock.unlock();
        });
    }

    private List<Object> goesOn(Coroutine... some) {
        for (Coroutine each : some) bench.loop.schedule(each);
        return bench.turns();
    }

    @Test
    void readersComeTogetherAndBehindAWaitingWriter() {
        Coroutine a = reader("a");
        Coroutine b = reader("b");
        Coroutine c = writer("c");
        Coroutine d = reader("d");
        Coroutine e = reader("e");
        writer("f");
        assertEquals(List.of("a reads", "b reads"), bench.turns());
        assertEquals(List.of(), goesOn(a));
        assertEquals(List.of("c writes"), goesOn(b));
        assertEquals(List.of("d reads", "e reads"), goesOn(c));
        assertEquals(List.of("f writes"), goesOn(d, e));
    }

    /** QEMU's {@code /locking/co-rwlock/upgrade}: behind the writer that waits already. */
    @Test
    void upgradeComesBehindAWaitingWriter() {
        Coroutine a = bench.start("a", () -> {
            lock.readLock();
            Coroutine.yield();
            bench.say("a upgrades, alone: " + lock.upgrade());
            lock.unlock();
        });
        Coroutine b = writer("b");
        bench.turns();
        assertEquals(List.of("b writes"), goesOn(a));
        assertEquals(List.of("a upgrades, alone: false"), goesOn(b));
    }

    @Test
    void upgradeOfTheOnlyOneIsAtOnce() {
        bench.start("a", () -> {
            lock.readLock();
            bench.say(lock.upgrade());
            lock.unlock();
        });
        assertEquals(List.of(true), bench.turns());
    }

    @Test
    void upgradeBehindReadersOnlyIsTold() {
        Coroutine b = reader("b");
        bench.start("a", () -> {
            lock.readLock();
            bench.say("alone: " + lock.upgrade());
            lock.unlock();
        });
        assertEquals(List.of("b reads"), bench.turns());
        assertEquals(List.of("alone: true"), goesOn(b));
    }

    /** QEMU's {@code /locking/co-rwlock/downgrade}: all finish by themselves. */
    @Test
    void downgradeLetsTheReadersInLineIn() {
        Coroutine c1 = reader("c1");
        bench.start("c2", () -> {
            lock.writeLock();
            bench.say("c2 writes");
            lock.downgrade();
            bench.say("c2 reads");
            lock.unlock();
        });
        bench.start("c3", () -> {
            lock.readLock();
            bench.say("c3 reads");
            lock.unlock();
        });
        bench.start("c4", () -> {
            lock.writeLock();
            bench.say("c4 writes");
            lock.unlock();
        });
        bench.turns();
        assertEquals(List.of("c2 writes", "c2 reads", "c3 reads", "c4 writes"), goesOn(c1));
    }

    /** The readers behind a writer who gives up need not wait any more. */
    @Test
    void aCancelledWriterLetsThoseBehindItIn() {
        reader("a");
        Coroutine b = writer("b");
        reader("c");
        bench.turns();
        b.cancel();
        assertEquals(List.of("c reads"), bench.turns());
    }

    @Test
    void whoIsCancelledWhenItIsLetInGoesOutAgain() {
        Coroutine b = Coroutine.create("b", () -> {
            lock.writeLock();
            bench.say("never");
        });
        Coroutine a = bench.start("a", () -> {
            lock.writeLock();
            Coroutine.yield();
            lock.unlock();
            b.cancel();
        });
        bench.loop.schedule(b);
        reader("c");
        bench.turns();
        assertEquals(List.of("c reads"), goesOn(a));
    }

    @Test
    void whoIsCancelledWhileItUpgradesReadsAgain() {
        Coroutine b = reader("b");
        Coroutine a = bench.start("a", () -> {
            lock.readLock();
            try {
                lock.upgrade();
            } finally {
                lock.unlock();
            }
        });
        bench.turns();
        a.cancel();
        bench.turns();
        assertEquals(Coroutine.State.DONE, a.state());
        writer("c");
        assertEquals(List.of("c writes"), goesOn(b));
    }

    private void refused(String text, Runnable act) {
        bench.start("x", () -> bench.say(assertThrows(IllegalStateException.class, act::run).getMessage()));
        assertEquals(List.of(text), bench.turns());
    }

    @Test
    void misuse() {
        refused("CoRwLock.unlock of rwlock \"r1\" was called by coroutine \"x\" (running), which does not "
                + "hold it: nobody does; lock it first, in the same coroutine", lock::unlock);
        refused("coroutine \"x\" (running) locks rwlock \"r1\", which it holds already: it could wait for "
                + "itself; use upgrade or downgrade", () -> {
            lock.readLock();
            try {
                lock.readLock();
            } finally {
                lock.unlock();
            }
        });
        refused("CoRwLock.downgrade of rwlock \"r1\" by coroutine \"x\" (running), which only reads", () -> {
            lock.readLock();
            try {
                lock.downgrade();
            } finally {
                lock.unlock();
            }
        });
        reader("a");
        bench.turns();
        refused("CoRwLock.unlock of rwlock \"r1\" was called by coroutine \"x\" (running), which does not "
                + "hold it: [coroutine \"a\" (suspended)] do; lock it first, in the same coroutine",
                lock::unlock);
    }

    @Test
    void endedHoldingIt() {
        bench.start("x", lock::readLock);
        assertEquals(List.of("coroutine \"x\" (running) ended holding rwlock \"r1\"; unlock in a finally "
                + "block. It stays locked: what it guards may be half changed"), bench.turns());
    }
}
