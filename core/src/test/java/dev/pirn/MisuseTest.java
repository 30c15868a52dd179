package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is refused, in which words, and that nothing has changed then. */
class MisuseTest {
    @ParameterizedTest @EnumSource
    void enteringOneself(Backend backend) {
        Coroutine[] co = new Coroutine[1];
        co[0] = Coroutine.create(backend, "ouroboros", () -> {
            var e = assertThrows(IllegalStateException.class, co[0]::enter);
            assertEquals("Co-routine re-entered recursively: coroutine \"ouroboros\" (running), by coroutine "
                    + "\"ouroboros\" (running), which it entered itself or is; yield instead, or use "
                    + "enterIfInactive",
                    e.getMessage());
        });
        co[0].enter();
        assertEquals(State.DONE, co[0].state());
    }

    @ParameterizedTest @EnumSource
    void enteringTheCaller(Backend backend) {
        Coroutine[] co = new Coroutine[2];
        co[1] = Coroutine.create(backend, "inner", () -> {
            var e = assertThrows(IllegalStateException.class, co[0]::enter);
            assertTrue(e.getMessage().startsWith("Co-routine re-entered recursively: coroutine \"outer\" "
                    + "(entered another), by coroutine \"inner\" (running)"), e.getMessage());
        });
        co[0] = Coroutine.create(backend, "outer", () -> co[1].enter());
        co[0].enter();
        assertEquals(State.DONE, co[1].state());
    }

    @Test
    void yieldingOutsideOfACoroutine() {
        var e = assertThrows(IllegalStateException.class, Coroutine::yield);
        assertTrue(e.getMessage().startsWith("Co-routine is yielding to no one: Thread["), e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void enteringAFinishedOne(Backend backend) {
        var co = Coroutine.create(backend, "done", () -> { });
        co.enter();
        var e = assertThrows(IllegalStateException.class, co::enter);
        assertTrue(e.getMessage().startsWith("coroutine \"done\" (done) has ended and cannot be entered "
                + "again, by code outside of any coroutine, in Thread["), e.getMessage());
        assertTrue(e.getMessage().endsWith("; make a new one"), e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void enteringOneThatRunsInAnotherThread(Backend backend) throws InterruptedException {
        List<Throwable> seen = new ArrayList<>();
        var co = Coroutine.create(backend, "busy", () -> {
            Coroutine self = Coroutine.self();
            var other = new Thread(() -> seen.add(assertThrows(IllegalStateException.class, self::enter)),
                    "other");
            other.start();
            other.join();
        });
        co.enter();
        assertTrue(seen.getFirst().getMessage().startsWith("Co-routine re-entered recursively: coroutine "
                + "\"busy\" (running) runs in another thread, outside of any home, entered meanwhile by code "
                + "outside of any coroutine, in Thread["), seen.toString());
    }

    @Test
    void yieldBelowAClassInitialiserNamesItAndGoesOn() {
        List<String> seen = new ArrayList<>();
        var co = Coroutine.create(Backend.CONTINUATION, "pinned", () -> {
            Yields.touch();
            seen.add("went on");
            Coroutine.yield();
            seen.add("and yielded");
        });
        co.enter();
        assertEquals(State.SUSPENDED, co.state());
        co.enter();
        assertEquals(List.of("went on", "and yielded"), seen);
        assertTrue(Yields.message.startsWith("coroutine \"pinned\" (running) cannot yield below the class "
                + "initialiser dev.pirn.MisuseTest$Yields.<clinit>(MisuseTest.java:"), Yields.message);
        assertTrue(Yields.message.endsWith("make the coroutine on Backend.THREAD. The coroutine goes on"));
    }

    private static final class Yields {
        static String message;

        static {
            // Often: one yield of sixteen takes another way into the JVM.
            for (int i = 0; i < 20; i++) {
                message = assertThrows(IllegalStateException.class, Coroutine::yield).getMessage();
            }
        }

        static void touch() { }
    }

    @Test
    void anUnknownBackendListsThoseThereAre() {
        var e = assertThrows(IllegalArgumentException.class, () -> Backend.of("fiber"));
        assertEquals("no backend is called \"fiber\"; there are [continuation, thread, pure, hybrid]",
                e.getMessage());
    }
}
