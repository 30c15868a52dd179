package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.Channel;
import dev.pirn.lock.CoSemaphore;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/guide/simulator.md shows. */
class GuideTest {
    private static final Path PAGE = Path.of("..", "docs", "guide", "simulator.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\n(.*?)^```$");
    private static final Pattern REGION = Pattern.compile("(?ms)^ *// guide: [^\n]*\n(.*?)^ *// end$");

    /** What is to be tested. */
    private interface Pool {
        @CoroutineFn
        void use();

        int most();
    }

    // guide: sim broken
    static final class ConnectionPool implements Pool {
        private int open;
        private int idle;
        private int most;

        @Override
        public void use() {
            while (idle == 0 && open == 2) EventLoop.yieldTurn();
            if (idle > 0) idle--; else connect();
            EventLoop.sleep(Duration.ofMillis(3));        // works with it
            idle++;
        }

        @CoroutineFn
        private void connect() {
            EventLoop.sleep(Duration.ofMillis(1));        // the handshake
            open++;
            most = Math.max(most, open);
        }

        @Override
        public int most() {
            return most;
        }
    }
    // end

    /** Not run by JUnit, for it fails. */
    private static final class PoolTest {
        // guide: sim test
        @SimTest(seeds = 1000)
        void neverMoreThanTwoConnections(Sim sim) {
            EventLoop loop = sim.loop("main");
            var pool = new ConnectionPool();
            for (int i = 0; i < 3; i++) {
                loop.start("user " + i, () -> {
                    EventLoop.sleep(Duration.ofMillis(sim.random().nextInt(20)));
                    pool.use();
                });
            }
            sim.run();                                    // until all have ended
            assertTrue(pool.most() <= 2, pool.most() + " connections");
        }
        // end
    }

    @Test
    void theBrokenPoolIsCaught() {
        var test = new PoolTest();
        List<Long> failed = new ArrayList<>();
        for (long seed = 0; seed < 1000; seed++) {
            try (var sim = Sim.of(seed)) {
                test.neverMoreThanTwoConnections(sim);
            } catch (AssertionError e) {
                assertTrue(e.getMessage().startsWith("3 connections"), e.getMessage());
                failed.add(seed);
            }
        }
        assertFalse(failed.isEmpty());
        String replay = "neverMoreThanTwoConnections' -Dpirn.sim.seed=" + failed.getFirst() + "\n";
        assertTrue(page().contains(replay), "seeds " + failed);
    }

    /** The cure that the page names. */
    @SimTest(seeds = 1000)
    void thePoolWithASemaphore(Sim sim) {
        EventLoop loop = sim.loop("main");
        var permits = new CoSemaphore("connections", 2);
        int[] inUse = {0};
        for (int i = 0; i < 3; i++) {
            loop.start("user " + i, () -> {
                EventLoop.sleep(Duration.ofMillis(sim.random().nextInt(20)));
                permits.acquire();
                assertTrue(++inUse[0] <= 2);
                EventLoop.sleep(Duration.ofMillis(4));
                inUse[0]--;
                permits.release();
            });
        }
        sim.run();
    }

    // guide: sim sockets
    @SimTest(seeds = 200, nasty = true)                   // short reads and writes, spurious wake-ups
    void aLineComesBack(Sim sim) {
        var address = new InetSocketAddress("server", 7);
        EventLoop server = sim.loop("server");
        EventLoop client = sim.loop("client");
        server.start("echo", () -> {
            try (var listener = CoServerSocket.bind(address); CoSocket socket = listener.accept()) {
                var line = ByteBuffer.allocate(5);
                socket.readFully(line);
                socket.write(line.flip());
            }
        });
        sim.run(client, "client", () -> {                 // until this one has ended
            EventLoop.sleep(Duration.ofSeconds(1));       // takes no time: the server listens by then
            try (CoSocket socket = CoSocket.connect(address)) {
                socket.write(ByteBuffer.wrap("hello".getBytes()));
                var line = ByteBuffer.allocate(5);
                socket.readFully(line);
                assertArrayEquals("hello".getBytes(), line.array());
            }
        });
    }
    // end

    // guide: sim files
    @SimTest(seeds = 1000)
    void whatWasSaidToBeSavedIsThere(Sim sim) throws IOException {
        Path path = sim.disk().path("/journal");
        try (var file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                var directory = FileChannel.open(path.getParent())) {
            directory.force(true);                        // else the file itself may be gone
            file.write(ByteBuffer.wrap("one".getBytes()));
            file.force(false);                            // without this some seeds lose it
            file.write(ByteBuffer.wrap("two".getBytes()));
        }
        sim.disk().crash();
        assertTrue(Files.readString(path).startsWith("one"));
    }
    // end

    @Test
    void withoutTheForceSomeSeedsLoseIt() throws IOException {
        int lost = 0;
        for (int seed = 0; seed < 100; seed++) {
            try (var sim = Sim.of(seed)) {
                Path path = sim.disk().path("/journal");
                Files.createFile(path);
                try (var directory = FileChannel.open(path.getParent())) {
                    directory.force(true);
                }
                Files.writeString(path, "one");
                sim.disk().crash();
                if (!Files.readString(path).startsWith("one")) lost++;
            }
        }
        assertTrue(lost > 0);
    }

    // guide: sim history
    /** A queue without bounds, for one user. */
    static final class QueueModel implements History.Model<List<Object>> {
        @Override
        public List<Object> start() {
            return List.of();
        }

        @Override
        public List<Object> after(List<Object> state, Object operation, History.Outcome outcome) {
            if (operation instanceof Integer sent) {
                var more = new ArrayList<>(state);
                more.add(sent);
                return more;
            }
            if (state.isEmpty() || !state.getFirst().equals(outcome.value())) return null;   // cannot be
            return state.subList(1, state.size());
        }
    }

    @SimTest(seeds = 500)
    void aChannelIsAQueue(Sim sim) {
        Channel<Integer> channel = Channel.of("numbers", 10);
        var history = new History();
        for (int i = 0; i < 3; i++) {
            int number = i;
            sim.loop("sender " + i).start("sender " + i, () -> history.call(number, () -> {
                channel.send(number);
                return null;
            }));
            sim.loop("receiver " + i).start("receiver " + i, () -> history.call("receive", channel::receive));
        }
        sim.run();
        history.check(new QueueModel());                  // prints the history if no order explains it
    }
    // end

    @Test
    void eachBlockIsARegionAndEachRegionABlock() throws IOException {
        Path own = Path.of("src", "test", "java", "dev", "pirn", "sim", "GuideTest.java");
        assertEquals(String.join("\n----\n", new TreeSet<>(all(REGION, own))),
                String.join("\n----\n", new TreeSet<>(all(BLOCK, PAGE))));
    }

    private static List<String> all(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file)).results()
                .map(found -> found.group(1).stripTrailing().stripIndent()).toList();
    }

    /** What the page shows of a run that hangs. */
    @Test
    void whoHangsIsTold() {
        try (var sim = Sim.of(7)) {
            Channel<String> channel = Channel.of("orders", 0);
            sim.loop("main").start("cook", channel::receive);
            var e = assertThrows(IllegalStateException.class, sim::run);
            String text = Files.exists(PAGE) ? page() : "";
            String[] lines = e.getMessage().replaceAll("PT[0-9.S]+", "PT…").split("\n");
            for (String line : lines) assertTrue(text.contains(line.strip()), line + " is not on the page");
        }
    }

    private static String page() {
        try {
            return Files.readString(PAGE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
