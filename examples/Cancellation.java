import dev.pirn.Coroutine;
import dev.pirn.aio.*;
import dev.pirn.CoroutineFn;
import java.time.Duration;

/** Work with a time limit: the timer cancels the coroutine, whose finally blocks run, innermost first. */
public class Cancellation {
    public static void main(String[] arguments) throws Exception {
        try (var loop = EventLoop.open("main")) {
            loop.start("boss", () -> {
                withLimit(loop, "quick", Duration.ofSeconds(20), Duration.ofMillis(1));
                withLimit(loop, "endless", Duration.ofMillis(20), Duration.ofDays(1));
                loop.stop();
            });
            loop.run();
        }
    }

    /** Runs a worker, and returns when it has ended, by itself or by the limit. */
    @CoroutineFn
    static void withLimit(EventLoop loop, String name, Duration limit, Duration work) throws Exception {
        var ended = new dev.pirn.Completion<Void>();
        Coroutine worker = loop.start(name, () -> {
            try {
                work(name, work);
            } finally {
                System.out.println(name + ": reports");
                ended.complete(null);                          // wakes the boss
            }
        });
        Timer timer = loop.timer("limit of " + name, () -> {
            System.out.println(name + ": time is up");
            worker.cancel();                                   // it waits in the sleep, which throws
        });
        timer.arm(limit.toNanos());
        ended.await();
        timer.cancel();
        System.out.println(name + ": is over, " + (worker.state() == Coroutine.State.DONE));
    }

    @CoroutineFn
    static void work(String name, Duration work) {
        try {
            EventLoop.sleep(work);
            System.out.println(name + ": has worked");
        } finally {
            System.out.println(name + ": cleans up");          // no yield here: it was told to end
        }
    }
}
