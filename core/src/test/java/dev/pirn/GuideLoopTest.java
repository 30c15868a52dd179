package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.aio.BottomHalf;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.EventNotifier;
import dev.pirn.aio.ShutdownReport;
import dev.pirn.aio.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/guide/event-loop.md shows. */
class GuideLoopTest {
    private final List<String> said = new ArrayList<>();
    private EventLoop loop;

    @BeforeEach
    void open() throws IOException {
        loop = EventLoop.open("main");
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
    }

    private void say(Object words) {
        said.add(words.toString());
    }

    private void saidExactly(String... words) {
        assertEquals(List.of(words), said);
    }

    @Test
    void order() {
        // guide: loop order
        loop.bottomHalf("b", () -> say("bottom half")).schedule();
        loop.start("c", () -> say("coroutine"));
        loop.execute(() -> loop.timer("t", () -> say("timer")).arm(0));
        loop.turn(false);                                 // one turn: coroutine, bottom half, timer
        // end
        saidExactly("coroutine", "bottom half", "timer");
    }

    @Test
    void bottomHalf() throws InterruptedException {
        // guide: loop bottom half
        var names = new ConcurrentLinkedQueue<String>();
        BottomHalf drain = loop.bottomHalf("drain", () -> names.forEach(this::say));
        var other = new Thread(() -> {
            for (String name : List.of("a", "b", "c")) {
                names.add(name);
                drain.schedule();                         // three times, and it is called once
            }
        });
        // end
        other.start();
        other.join();
        // guide: loop turn
        loop.turn(true);
        // end
        saidExactly("a", "b", "c");
    }

    @Test
    void timer() {
        // guide: loop timer
        Timer timer = loop.timer("idle client", () -> say("too late"));
        loop.execute(() -> {
            timer.arm(Duration.ofMinutes(5).toNanos());
            timer.arm(Duration.ofMinutes(5).toNanos());   // it spoke: from now on, five minutes
            say(timer.cancel());                          // true: it was armed
        });
        // end
        loop.turn(false);
        saidExactly("true");
    }

    @Test
    void notifier() {
        // guide: loop notifier
        EventNotifier full = loop.notifier("full");
        loop.execute(() -> full.attach(() -> {
            if (full.testAndClear()) say("flush");        // each turn, until it is cleared
        }));
        full.set();                                       // from any thread; twice is once
        full.set();
        // end
        loop.turn(false);
        loop.turn(false);
        saidExactly("flush");
    }

    @Test
    void move() throws Exception {
        // guide: loop move
        try (var other = EventLoop.open("other")) {
            var thread = new Thread(other::run);
            thread.start();
            loop.run("traveller", () -> {
                say(EventLoop.current().name());          // main
                EventLoop.rescheduleSelf(other);
                say(EventLoop.current().name());          // other
                EventLoop.rescheduleSelf(loop);
                say(EventLoop.current().name());          // main
                return null;
            });
            other.stop();
            thread.join();
        }
        // end
        saidExactly("main", "other", "main");
    }

    @Test
    void shutdown() throws IOException {
        // guide: loop shutdown
        loop.start("reader", () -> {
            try {
                EventLoop.sleep(Duration.ofDays(1));
            } finally {
                say("tidied up");
            }
        });
        loop.turn(false);
        ShutdownReport report = loop.shutdown(100);       // what close does, with the report
        say(report.cancelled().getFirst().name());        // reader
        // end
        saidExactly("tidied up", "reader");
    }

    @Test
    void statistics() {
        // guide: loop statistics
        loop.start("c", () -> { });
        loop.turn(false);
        say(loop.statistics().coroutines());              // 1
        loop.watchdog(Duration.ofMillis(200));            // warns of turns that take longer
        // end
        saidExactly("1");
    }
}
