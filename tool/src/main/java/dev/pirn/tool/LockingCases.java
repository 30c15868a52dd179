package dev.pirn.tool;

import static dev.pirn.tool.CoroutineCase.expect;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.CoMutex;
import dev.pirn.lock.CoRwLock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The cases {@code /locking/*} of {@code test-coroutine.c}. Where QEMU's coroutines wake each other from
 * within an enter, ours do in a turn of the loop that they run in.
 */
final class LockingCases {
    static final List<CoroutineCase> ALL = List.of(
            new CoroutineCase("/locking/co-mutex", backend -> mutex(backend, LockingCases::locked)),
            new CoroutineCase("/locking/co-mutex/lockable", backend -> mutex(backend, LockingCases::guarded)),
            new CoroutineCase("/locking/co-rwlock/upgrade", LockingCases::upgrade),
            new CoroutineCase("/locking/co-rwlock/downgrade", LockingCases::downgrade));

    private LockingCases() { }

    /** Takes the mutex, yields with it, and gives it back. */
    @FunctionalInterface
    private interface Section {
        @CoroutineFn
        void run(CoMutex mutex, List<String> done, String name);
    }

    @CoroutineFn
    private static void locked(CoMutex mutex, List<String> done, String name) {
        mutex.lock();
        Coroutine.yield();
        mutex.unlock();
        done.add(name);
    }

    @CoroutineFn
    private static void guarded(CoMutex mutex, List<String> done, String name) {
        try (var _ = mutex.hold()) {
            Coroutine.yield();
        }
        done.add(name);
    }

    /** c1 has it and yields; c2 waits; c1 unlocks and ends, and c2 runs by itself, with the mutex. */
    private static void mutex(Backend backend, Section section) throws IOException {
        var mutex = new CoMutex("m");
        var done = new ArrayList<String>();
        try (var loop = EventLoop.open("case")) {
            Coroutine c1 = started(loop, backend, "c1", () -> section.run(mutex, done, "c1"));
            Coroutine c2 = started(loop, backend, "c2", () -> section.run(mutex, done, "c2"));
            turn(loop);
            expect("done while c1 holds it", List.of(), done);
            loop.schedule(c1);
            turn(loop);
            expect("done after c1", List.of("c1"), done);
            expect("locked, by c2", List.of(c2), mutex.holders());
            loop.schedule(c2);
            turn(loop);
            expect("done after c2", List.of("c1", "c2"), done);
            expect("locked at the end", false, mutex.isLocked());
        }
    }

    /** c1 reads; c2 wants to write; c1 upgrades behind c2. */
    private static void upgrade(Backend backend) throws IOException {
        var lock = new CoRwLock("l");
        var order = new ArrayList<String>();
        try (var loop = EventLoop.open("case")) {
            Coroutine c1 = started(loop, backend, "c1", () -> {
                lock.readLock();
                Coroutine.yield();
                lock.upgrade();
                order.add("c1 writes");
                lock.unlock();
            });
            started(loop, backend, "c2", () -> {
                lock.writeLock();
                order.add("c2 writes");
                lock.unlock();
            });
            turn(loop);
            loop.schedule(c1);
            turn(loop);
            expect("order", List.of("c2 writes", "c1 writes"), order);
        }
    }

    /** c1 reads; c2 is to write, c3 to read, c4 to write; c2 downgrades, and all end in one go. */
    private static void downgrade(Backend backend) throws IOException {
        var lock = new CoRwLock("l");
        var order = new ArrayList<String>();
        try (var loop = EventLoop.open("case")) {
            Coroutine c1 = started(loop, backend, "c1", () -> {
                lock.readLock();
                Coroutine.yield();
                lock.unlock();
            });
            started(loop, backend, "c2", () -> {
                lock.writeLock();
                lock.downgrade();
                order.add("c2 reads");
                lock.unlock();
            });
            started(loop, backend, "c3", () -> {
                lock.readLock();
                order.add("c3 reads");
                lock.unlock();
            });
            started(loop, backend, "c4", () -> {
                lock.writeLock();
                order.add("c4 writes");
                lock.unlock();
            });
            turn(loop);
            expect("before c1 unlocks", List.of(), order);
            loop.schedule(c1);
            turn(loop);
            expect("order", List.of("c2 reads", "c3 reads", "c4 writes"), order);
        }
    }

    private static Coroutine started(EventLoop loop, Backend backend, String name, CoroutineEntry entry) {
        var co = Coroutine.create(backend, name, entry);
        loop.schedule(co);
        return co;
    }

    /** Turns until nothing happens. */
    private static void turn(EventLoop loop) {
        while (loop.turn(false)) { }
    }
}
