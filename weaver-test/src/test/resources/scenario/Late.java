package scenario;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;

/** Values that come one enter later: each method suspends, then gives what it got. */
public final class Late {
    private Late() { }

    @CoroutineFn
    public static boolean late(boolean value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static byte late(byte value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static short late(short value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static char late(char value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static int late(int value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static long late(long value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static float late(float value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static double late(double value) {
        Coroutine.yield();
        return value;
    }

    @CoroutineFn
    public static <T> T late(T value) {
        Coroutine.yield();
        return value;
    }

    /** Suspends, then throws; never returns. */
    @CoroutineFn
    public static <T, E extends Throwable> T lateThrow(E thrown) throws E {
        Coroutine.yield();
        throw thrown;
    }
}
