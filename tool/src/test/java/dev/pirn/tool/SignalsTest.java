package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** Signals as this process gets them from itself. */
class SignalsTest {
    private static void raise(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object one = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("raise", signal).invoke(null, one);
    }

    @Test
    void oneIsTheWishToSeeTheOthersToEnd() throws Exception {
        var wishes = new LinkedBlockingQueue<String>();
        try (var _ = Signals.handle(() -> wishes.add("end"), () -> wishes.add("see"))) {
            raise("USR1");
            assertEquals("see", wishes.take());
            raise("TERM");
            assertEquals("end", wishes.take());
            raise("USR1");
            assertEquals("see", wishes.take());
        }
    }
}
