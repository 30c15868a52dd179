package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.aio.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What docs/guide shows, compiled and run: {@link GuideTextTest} holds the two together. */
class GuideTest {
    private static final ThreadLocal<String> USER = ThreadLocal.withInitial(() -> "nobody");

    private final List<String> said = new ArrayList<>();

    private void say(Object words) {
        said.add(words.toString());
    }

    private void saidExactly(String... words) {
        assertEquals(List.of(words), said);
    }

    @Test
    void tea() {
        // guide: tea
        var tea = Coroutine.create("tea", () -> {
            say("water on");
            Coroutine.yield();                            // back to whoever entered
            say("pour");
        });
        tea.enter();                                      // runs to the yield
        say("read the paper");
        tea.enter();                                      // goes on behind the yield, to the end
        say(tea);                                         // coroutine "tea" (done)
        // end
        saidExactly("water on", "read the paper", "pour", "coroutine \"tea\" (done)");
    }

    @Test
    void nesting() {
        // guide: nesting
        var inner = Coroutine.create("inner", () -> {
            say("inner 1, called by " + Coroutine.self().caller().name());
            Coroutine.yield();                            // to outer
            say("inner 2");
        });
        var outer = Coroutine.create("outer", () -> {
            inner.enter();
            say("outer");
            Coroutine.yield();                            // to main
        });
        outer.enter();
        inner.enter();                                    // main goes on with inner, past outer
        // end
        saidExactly("inner 1, called by outer", "outer", "inner 2");
        outer.cancel();
    }

    @Test
    void cancel() {
        // guide: cancel
        var worker = Coroutine.create("worker", () -> {
            try {
                while (true) Coroutine.yield();
            } finally {
                say("tidied up");                         // must not yield: it was told to end
            }
        });
        worker.enter();
        worker.cancel();
        say(worker.state());                              // DONE
        // end
        saidExactly("tidied up", "DONE");
    }

    @Test
    void values() {
        // guide: values
        Wrap<Integer, Integer> average = Wrap.of("average", (wrap, first) -> {
            int sum = first;
            for (int count = 1; ; count++) sum += wrap.yield(sum / count);
        });
        try (average) {
            say(average.resume(10));                      // 10
            say(average.resume(20));                      // 15
            say(average.resume(30));                      // 20
        }
        // end
        saidExactly("10", "15", "20");
    }

    @Test
    void generator() {
        // guide: generator
        try (var primes = Generator.<Integer>of("primes", out -> {
            for (int n = 2; ; n++) {
                int candidate = n;
                if (IntStream.range(2, n).noneMatch(d -> candidate % d == 0)) out.yield(n);
            }
        })) {
            for (int prime : primes.iterable()) {
                if (prime > 10) break;
                say(prime);                               // 2, 3, 5, 7
            }
        }                                                 // ends the loop above; its finally blocks would run
        // end
        saidExactly("2", "3", "5", "7");
    }

    @Test
    void wakeUps() throws Exception {
        // guide: completion
        try (var loop = EventLoop.open("main")) {
            loop.start("asks", () -> {
                var answer = new Completion<String>();
                new Thread(() -> answer.complete("from another thread")).start();
                say(answer.await());                      // suspends; goes on here, in the loop
                loop.stop();
            });
            loop.run();                                   // in this thread
        }
        // end
        saidExactly("from another thread");
    }

    @Test
    void locks() {
        // guide: locks
        var queue = new ArrayDeque<>(List.of("a", "b"));
        var drain = Coroutine.create("drain", () -> {
            while (true) {
                String next;
                synchronized (queue) {                    // no yield in here
                    next = queue.poll();
                }
                if (next == null) return;
                say(next);
                Coroutine.yield();
            }
        });
        while (drain.state() != Coroutine.State.DONE) drain.enter();
        // end
        saidExactly("a", "b");
    }

    @Test
    void threadLocals() throws InterruptedException {
        USER.set("Ada");
        // guide: thread locals
        String user = USER.get();                         // read it once, here
        var greeting = Coroutine.create("greeting", () -> {
            Coroutine.yield();
            say("hello " + user);                         // a local goes where the coroutine goes
        });
        greeting.enter();
        var other = new Thread(greeting::enter);
        other.start();
        other.join();
        // end
        saidExactly("hello Ada");
        USER.remove();
    }

    private static String fetch(String what) {
        return "page " + what;
    }

    @Test
    void virtualThreads() throws InterruptedException, ExecutionException {
        // guide: virtual threads
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> one = each.submit(() -> fetch("one"));   // may block: it has a thread of its own
            Future<String> two = each.submit(() -> fetch("two"));
            say(one.get() + ", " + two.get());
        }
        // end
        saidExactly("page one, page two");
    }

    @Test
    void aTurnAtATime() {
        // guide: a turn at a time
        var bodies = List.of("left", "right").stream().map(name -> Coroutine.create(name, () -> {
            for (int turn = 0; turn < 2; turn++) {
                say(name + " " + turn);
                Coroutine.yield();
            }
        })).toList();
        for (int turn = 0; turn < 2; turn++) bodies.forEach(Coroutine::enter); // this order, every time
        // end
        saidExactly("left 0", "right 0", "left 1", "right 1");
        bodies.forEach(Coroutine::cancel);
    }
}
