import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.lock.CoRwLock;
import java.util.ArrayList;
import java.util.List;

/** A price list that many read, and one changes in two steps: nobody sees it half changed. */
public class ReadersWriters {
    static final CoRwLock LOCK = new CoRwLock("prices");
    static final List<Integer> PRICES = new ArrayList<>(List.of(10, 20));

    public static void main(String[] arguments) throws Exception {
        try (var loop = EventLoop.open("main")) {
            loop.run("main", () -> Group.run("shop", group -> {
                group.start("reader 1", () -> read("reader 1"));
                group.start("reader 2", () -> read("reader 2"));
                group.start("writer", ReadersWriters::raise);
                return group.start("reader 3", () -> read("reader 3"));    // behind the writer
            }));
        }
    }

    @CoroutineFn
    static Void read(String who) {
        LOCK.readLock();                                       // many at a time
        try {
            System.out.println(who + " begins");
            EventLoop.yieldTurn();                             // others run, also other readers
            System.out.println(who + " saw " + PRICES);
        } finally {
            LOCK.unlock();
        }
        return null;
    }

    @CoroutineFn
    static Void raise() {
        LOCK.writeLock();                                      // alone: waits for those who read
        try {
            PRICES.set(0, 11);
            System.out.println("half raised");
            EventLoop.yieldTurn();                             // nobody reads it now
            PRICES.set(1, 22);
        } finally {
            LOCK.unlock();
        }
        return null;
    }
}
