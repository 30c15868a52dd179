package migration;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Looks around after each yield: in which thread it is, what that thread's local says, what it kept. */
public class Migrant implements CoroutineEntry {
    /** What each thread says of itself. */
    public static final ThreadLocal<Thread> LOCAL = new ThreadLocal<>();

    /** Who enters next; written before the enter. */
    public Thread expected;
    /** Of all that it saw wrong. */
    public int wrong;
    /** How often it went on. */
    public int resumed;
    private final int times;

    /** Goes on that often. */
    public Migrant(int times) {
        this.times = times;
    }

    @Override
    @CoroutineFn
    public void run() {
        long sum = 0;
        for (int i = 0; i < times; i++) sum += i % 3 == 0 ? deeper(i) : look(i);
        if (sum != (long) times * (times - 1) / 2) wrong++;
    }

    @CoroutineFn
    private long deeper(int i) {
        double kept = i + 0.5;
        long seen = look(i);
        return kept == i + 0.5 ? seen : -1;
    }

    /** The thread is read before and behind the yield in one method, which compilers take for the same. */
    @CoroutineFn
    private long look(long i) {
        Thread before = Thread.currentThread();
        Thread local = LOCAL.get();
        if (before != expected || local != expected) wrong++;
        Coroutine.yield();
        resumed++;
        Thread behind = Thread.currentThread();
        if (behind != expected || LOCAL.get() != expected) wrong++;
        if (behind == before || Coroutine.self().state() != Coroutine.State.RUNNING) wrong++;
        return i;
    }
}
