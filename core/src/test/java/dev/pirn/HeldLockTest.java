package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/**
 * Locks across a yield on the continuation stack: refused in checked mode, which our tests run in. What
 * happens without it is shown by the guide; on the thread stack there is nothing to refuse:
 * {@link ThreadStackTest}.
 */
class HeldLockTest {
    private static final ScopedValue<String> SCOPED = ScopedValue.newInstance();

    private final Object monitor = new Object();
    private final List<String> messages = new ArrayList<>();

    private void yieldRefused() {
        messages.add(assertThrows(IllegalStateException.class, Coroutine::yield).getMessage());
    }

    private static Coroutine coroutine(CoroutineEntry entry) {
        return Coroutine.create(Backend.CONTINUATION, "a", entry);
    }

    @Test
    void checkedModeIsOn() {
        assertTrue(Checks.ON);
    }

    @Test
    void aMonitorOfTheCoroutineIsNamedWithItsFrame() {
        var co = coroutine(() -> {
            synchronized (monitor) {
                yieldRefused();
            }
            Coroutine.yield();
        });
        co.enter();
        assertEquals(State.SUSPENDED, co.state());
        String message = messages.getFirst();
        assertTrue(message.startsWith("coroutine \"a\" (running) yields while the monitor of "
                + "java.lang.Object@"
                + Integer.toHexString(System.identityHashCode(monitor)) + " is held by the coroutine, in "),
                message);
        assertTrue(message.contains("HeldLockTest.lambda$aMonitorOfTheCoroutineIsNamedWithItsFrame$0"),
                message);
        assertTrue(message.contains("(HeldLockTest.java:"), message);
    }

    @Test
    void aMonitorOfTheEntererIsNamedToo() {
        var co = coroutine(this::yieldRefused);
        synchronized (monitor) {
            co.enter();
        }
        assertEquals(State.DONE, co.state());
        assertTrue(messages.getFirst().contains(" is held by its enterer, in "), messages.toString());
        assertTrue(messages.getFirst().contains("HeldLockTest.aMonitorOfTheEntererIsNamedToo("),
                messages.toString());
    }

    @Test
    void aReentrantLockOfTheCoroutineIsNamed() {
        var lock = new ReentrantLock();
        var co = coroutine(() -> {
            lock.lock();
            yieldRefused();
            lock.unlock();
        });
        co.enter();
        assertTrue(messages.getFirst().startsWith("coroutine \"a\" (running) yields with "
                + "java.util.concurrent.locks.ReentrantLock$NonfairSync@"), messages.toString());
        assertFalse(lock.isLocked());
    }

    /** It belongs to the thread, which is the enterer's before and after: nothing is wrong with that. */
    @Test
    void aReentrantLockOfTheEntererIsAllowed() {
        var lock = new ReentrantLock();
        var co = coroutine(Coroutine::yield);
        lock.lock();
        co.enter();
        assertTrue(lock.isHeldByCurrentThread());
        lock.unlock();
        co.enter();
        assertEquals(State.DONE, co.state());
    }

    @Test
    void aLockThatWasReleasedIsNoneOfTheYields() {
        var co = coroutine(() -> {
            synchronized (monitor) {
                messages.add("locked");
            }
            Coroutine.yield();
        });
        co.enter();
        co.enter();
        assertEquals(State.DONE, co.state());
    }

    /**
     * The binding belongs to the thread, and would be the enterer's after the yield: checked mode refuses.
     */
    @Test
    void aYieldInsideOfAScopedValueIsRefused() {
        var co = coroutine(() ->
                ScopedValue.where(SCOPED, "coroutine's").run(() -> messages.add(
                        assertThrows(IllegalStateException.class, Coroutine::yield).getMessage())));
        co.enter();
        assertEquals(State.DONE, co.state());
        assertFalse(SCOPED.isBound());
        assertEquals(List.of("coroutine \"a\" (running) yields inside of ScopedValue.where: the binding "
                + "belongs to the thread, and its enterer would see it. Yield outside, pass the value on by "
                + "a field, or use Backend.THREAD. The coroutine goes on"), messages);
    }
}
