package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.Sleeper;
import dev.pirn.aio.ThreadPool;
import dev.pirn.aio.Timeout;
import dev.pirn.lock.Case;
import dev.pirn.lock.Channel;
import dev.pirn.lock.Select;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/guide/waiting.md shows. */
class GuideWaitingTest {
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

    private static CompletableFuture<String> fetchAsync(String what) {
        return CompletableFuture.supplyAsync(() -> "page " + what);
    }

    @CoroutineFn
    private static String fetch(String what) {
        EventLoop.sleep(Duration.ofMillis(1));
        if (what.isEmpty()) throw new IllegalArgumentException("fetch nothing");
        return "page " + what;
    }

    @CoroutineFn
    private static String fetchForEver() {
        EventLoop.sleep(Duration.ofDays(1));
        return "never";
    }

    @Test
    void tasks() {
        // guide: tasks
        int sum = loop.run("main", () -> {
            Task<Integer> two = loop.submit("two", () -> 2);
            Task<Integer> three = loop.submit("three", () -> 3);
            return two.join() + three.join();             // suspends until both have ended
        });
        say(sum);
        // end
        saidExactly("5");
    }

    @Test
    void stages() throws Exception {
        loop.run("main", () -> {
            // guide: stages
            String page = EventLoop.await(fetchAsync("one"));           // goes on here, in the loop
            CompletableFuture<String> own = fetchAsync("two");
            String other = EventLoop.awaitOrCancel(own);                // who is cancelled cancels it too
            // end
            say(page + ", " + other);
            return null;
        });
        saidExactly("page one, page two");
    }

    @Test
    void blocking() throws InterruptedException {
        // guide: blocking
        var thread = new Thread(loop::run);
        thread.start();
        String page = loop.runBlocking("fetch", () -> fetch("one"));    // in a thread that is not the loop's
        say(page);
        loop.stop();
        // end
        thread.join();
        saidExactly("page one");
    }

    @Test
    void sleeps() {
        // guide: sleeper
        var sleeper = new Sleeper();
        loop.start("sleeps", () -> {
            boolean woken = sleeper.sleep(Duration.ofHours(1));
            say(woken);                                   // true
            loop.stop();
        });
        loop.start("wakes", sleeper::wake);               // any thread may; nobody sleeps: nothing happens
        loop.run();
        // end
        saidExactly("true");
    }

    @Test
    void timeouts() {
        loop.run("main", () -> {
            // guide: timeout
            try {
                say(Timeout.within(Duration.ofMillis(20), "fetch", () -> fetchForEver()));
            } catch (TimeoutException e) {
                say(e.getMessage());
                // fetch took longer than 0.02s: coroutine "fetch" (running) was cancelled while it waited …
            }
            // end
            return null;
        });
        saidExactly("fetch took longer than 0.02s: coroutine \"fetch\" (running) was cancelled while it "
                + "waited for the end of a sleep of 24h");
    }

    @Test
    void groups() {
        loop.run("main", () -> {
            // guide: group
            try {
                Group.run("pages", group -> {
                    Task<String> one = group.start("one", () -> fetch("one"));
                    group.start("slow", () -> fetchForEver());
                    group.start("bad", () -> fetch(""));
                    group.join();
                    return one.result();
                });
            } catch (IllegalArgumentException e) {
                say(e.getMessage());                      // "bad" failed; "slow" was cancelled, and has ended
            }
            List<String> both = Group.all("both", List.of(() -> fetch("one"), () -> fetch("two")));
            say(both);
            // end
            return null;
        });
        saidExactly("fetch nothing", "[page one, page two]");
    }

    @Test
    void pools() throws IOException {
        Path path = Files.createTempFile("pirn", ".txt");
        Files.writeString(path, "text");
        loop.run("main", () -> {
            // guide: pool
            ThreadPool pool = loop.pool();                // or ThreadPool.of("disk", 4), for several loops
            String text = pool.call(() -> Files.readString(path));
            // end
            say(text);
            return null;
        });
        saidExactly("text");
        Files.delete(path);
    }

    @Test
    void channels() {
        // guide: channel
        Channel<String> lines = Channel.of("lines", 16);  // who sends a 17th waits
        loop.start("writes", () -> {
            lines.send("one");
            lines.send("two");
            lines.close();                                // takes no more; what is in it is received
        });
        loop.run("reads", () -> {
            lines.each(line -> say(line));
            return null;
        });
        // end
        saidExactly("one", "two");
    }

    @Test
    void selects() {
        Channel<String> left = Channel.of("left", 1);
        Channel<String> right = Channel.of("right", 1);
        right.trySend("page");
        loop.run("main", () -> {
            // guide: select
            Case<String> fromLeft = left.receiving();
            Case<String> fromRight = right.receiving();
            var either = Select.of(fromLeft, fromRight);  // keep it: that makes it fair
            if (either.await() == fromRight) say(fromRight.value());
            // end
            return null;
        });
        saidExactly("page");
    }
}
