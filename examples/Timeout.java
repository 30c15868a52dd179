import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Asks a server that is slow at first: each try has a time limit, and the pause between two doubles. */
public class Timeout {
    static final Duration LIMIT = Duration.ofMillis(200);
    static final int TRIES_MAX = 5;

    public static void main(String[] arguments) throws Exception {
        try (var loop = EventLoop.open("main")) {
            String answer = loop.run("client", () -> askPatiently(new Server()));
            System.out.println("answer: " + answer);
        }
    }

    @CoroutineFn
    static String askPatiently(Server server) throws TimeoutException {
        Duration pause = Duration.ofMillis(10);
        for (int tries = 1; ; tries++) {
            try {
                return dev.pirn.aio.Timeout.within(LIMIT, "try " + tries, () -> server.ask());
            } catch (TimeoutException e) {
                System.out.println(e.getMessage());
                if (tries == TRIES_MAX) throw e;
                System.out.println("once more in " + pause.toMillis() + " ms");
                EventLoop.sleep(pause);
                pause = pause.multipliedBy(2);
            }
        }
    }

    /** Takes for ever, twice. */
    static class Server {
        private int asked;
        private int connections;

        @CoroutineFn
        String ask() {
            asked++;
            connections++;
            try {
                EventLoop.sleep(asked <= 2 ? Duration.ofDays(1) : Duration.ofMillis(1));
                return "42, over one of " + connections + " connection";
            } finally {
                connections--;                                 // before the next try begins
            }
        }
    }
}
