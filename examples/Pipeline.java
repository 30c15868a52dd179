import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.lock.Channel;
import dev.pirn.lock.ChannelClosedException;

/** Prime numbers by a sieve of stages: each takes the multiples of one prime out of what flows through it. */
public class Pipeline {
    static final int STAGES = 8;

    public static void main(String[] arguments) throws Exception {
        try (var loop = EventLoop.open("main")) {
            loop.run("main", () -> Group.run("sieve", group -> {
                Channel<Integer> source = Channel.of("numbers", 4);
                group.start("source", () -> count(source));
                Channel<Integer> last = source;
                for (int stage = 1; stage <= STAGES; stage++) {
                    int prime = last.receive();                // the first that no stage has taken out
                    System.out.println("prime " + prime);
                    Channel<Integer> from = last;
                    Channel<Integer> to = Channel.of("no multiples of " + prime, 4);
                    group.start("stage " + stage, () -> filter(prime, from, to));
                    last = to;
                }
                last.close();                                  // the last stage sends in vain, and ends
                return null;
            }));
            System.out.println("all stages have ended");
        }
    }

    /** Sends 2, 3, 4, … until nobody wants more. */
    @CoroutineFn
    static Void count(Channel<Integer> to) {
        try {
            for (int number = 2; ; number++) to.send(number);
        } catch (ChannelClosedException e) {
            return null;
        }
    }

    @CoroutineFn
    static Void filter(int prime, Channel<Integer> from, Channel<Integer> to) {
        try {
            while (true) {
                int number = from.receive();                   // waits while there is none
                if (number % prime != 0) to.send(number);      // waits while the next stage is behind
            }
        } catch (ChannelClosedException e) {
            from.close();                                      // so the end travels up the stream
            return null;
        }
    }
}
