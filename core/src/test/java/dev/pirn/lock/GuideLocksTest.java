package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Coroutines;
import dev.pirn.aio.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/guide/locks.md shows. */
class GuideLocksTest {
    private final Bench bench = new Bench();
    private final EventLoop loop = bench.loop;
    private final CoMutex mutex = new CoMutex("ledger");
    private final CoQueue filled = new CoQueue("filled");
    private final CoRwLock lock = new CoRwLock("names");
    private final ArrayDeque<String> box = new ArrayDeque<>();
    private final Map<String, String> names = new HashMap<>();
    private final List<String> ledger = new ArrayList<>();

    @BeforeEach
    void track() {
        Coroutines.track(true);
    }

    @AfterEach
    void close() {
        bench.close();
        Coroutines.track(false);
    }

    // guide: locks mutex
    @CoroutineFn
    void transfer(String from, String to) {
        try (var _ = mutex.hold()) {                  // suspends while another coroutine has it
            ledger.add("- " + from);
            EventLoop.yieldTurn();                    // others run, and none of them comes in between
            ledger.add("+ " + to);
        }
    }
    // end

    @Test
    void mutex() {
        loop.start("one", () -> transfer("a", "b"));
        loop.start("two", () -> transfer("c", "d"));
        bench.turns();
        assertEquals(List.of("- a", "+ b", "- c", "+ d"), ledger);
    }

    // guide: locks queue
    @CoroutineFn
    String take() {
        try (var _ = mutex.hold()) {
            while (box.isEmpty()) filled.await(mutex);   // gives the mutex back meanwhile
            return box.remove();
        }
    }

    @CoroutineFn
    void put(String what) {
        try (var _ = mutex.hold()) {
            box.add(what);
            filled.next();                               // has one go on, when it gets the mutex
        }
    }
    // end

    @Test
    void queue() {
        loop.start("taker", () -> bench.say(take()));
        loop.start("putter", () -> put("x"));
        assertEquals(List.of("x"), bench.turns());
    }

    private String invented(String key) {
        return key + "!";
    }

    // guide: locks rwlock
    @CoroutineFn
    String name(String key) {
        lock.readLock();                                 // many read at a time
        try {
            String known = names.get(key);
            if (known != null) return known;
            lock.upgrade();                              // writes alone; somebody may have written before
            return names.computeIfAbsent(key, this::invented);
        } finally {
            lock.unlock();
        }
    }
    // end

    @Test
    void rwlock() {
        loop.start("one", () -> bench.say(name("a")));
        loop.start("two", () -> bench.say(name("a")));
        assertEquals(List.of("a!", "a!"), bench.turns());
    }

    @Test
    void semaphore() {
        List<String> urls = List.of("a", "b", "c");
        // guide: locks semaphore
        var permits = new CoSemaphore("connections", 2);
        for (String url : urls) {
            loop.start(url, () -> {
                permits.acquire();                       // the third waits
                try {
                    fetch(url);
                } finally {
                    permits.release();
                }
            });
        }
        // end
        assertEquals(List.of("a begins", "b begins", "a ends", "c begins", "b ends", "c ends"),
                bench.turns());
    }

    @CoroutineFn
    private void fetch(String url) {
        bench.say(url + " begins");
        EventLoop.yieldTurn();
        bench.say(url + " ends");
    }

    @Test
    void budget() {
        int length = 64;
        // guide: locks budget
        var memory = new CoBudget("memory", 1 << 20);    // a mebibyte for all
        loop.start("copy", () -> {
            memory.get(length);                          // in the order of asking, however much is wanted
            try {
                copy(length);
            } finally {
                memory.put(length);
            }
        });
        // end
        assertEquals(List.of(64), bench.turns());
        assertEquals(1 << 20, memory.available());
    }

    @CoroutineFn
    private void copy(int length) {
        EventLoop.yieldTurn();
        bench.say(length);
    }

    @Test
    void deadlock() {
        var left = new CoMutex("left");
        var right = new CoMutex("right");
        Coroutine a = loop.start("a", () -> both(left, right));
        loop.start("b", () -> both(right, left));
        bench.turns();
        // guide: locks deadlock
        for (String each : Coroutines.deadlocks()) System.err.println(each);
        // end
        assertEquals(List.of("\"a\" waits for mutex \"right\", held by \"b\", which waits for mutex "
                + "\"left\", held by \"a\""), Coroutines.deadlocks());
        a.cancel();
        bench.turns();
        assertTrue(Coroutines.deadlocks().isEmpty());
    }

    @CoroutineFn
    private static void both(CoMutex one, CoMutex other) {
        try (var _ = one.hold()) {
            EventLoop.yieldTurn();
            other.lock();
            other.unlock();
        }
    }
}
