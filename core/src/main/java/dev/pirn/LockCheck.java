package dev.pirn;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What {@link Checks} does, in a class of its own: it links only where java.management is.
 *
 * <p>To ask for monitors costs 0.1 ms, for other locks a walk of the heap, 1 ms and more. But which monitors
 * are held follows from where each frame of the stack stands, so a stack that was seen once need not be asked
 * about again: some microseconds for its hash. For other locks that is nearly true, and what is not is made
 * exact before anything is refused.
 */
final class LockCheck {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final StackWalker WALKER = StackWalker.getInstance();

    private static final ScopedValue<String> PROBE = ScopedValue.newInstance();

    /** Stacks that yielded and held nothing. */
    private static final Set<Long> GOOD = ConcurrentHashMap.newKeySet();
    /** Stacks that entered, and what they held besides monitors when they were looked at. */
    private static final Map<Long, Set<String>> ENTERED = new ConcurrentHashMap<>();
    /** Stacks that entered, and must be looked at the next time. */
    private static final Set<Long> DOUBTED = ConcurrentHashMap.newKeySet();
    /** Coroutines that run. */
    private static final Map<Coroutine, Entry> RUNNING = new ConcurrentHashMap<>();

    /**
     * How a run began; {@code exact} if its locks were looked at then, and not at an earlier run from there.
     */
    private record Entry(long from, Set<String> held, boolean exact, Object bound) { }

    private LockCheck() { }

    static void beforeEnter(Coroutine co) {
        Coroutine enterer = Coroutine.self();
        Entry outer = enterer == null ? null : RUNNING.get(enterer);
        long from = stack(outer);
        Set<String> held = ENTERED.get(from);
        // Inside of another, what that one began with will do until it is in doubt: nesting may be deep.
        boolean look = held == null && (outer == null || DOUBTED.remove(from));
        if (held == null) held = look ? locks(info()) : outer.held;
        if (look) ENTERED.put(from, held);
        RUNNING.put(co, new Entry(from, held, look, bound()));
    }

    /** The scoped values that are bound now, by identity. */
    private static Object bound() {
        if (Internals.scopedValues() == Thread.class) {
            // A new thread's mark; it gives way to "none" for ever as soon as something was bound.
            ScopedValue.where(PROBE, "").run(() -> { });
        }
        return Internals.scopedValues();
    }

    static void afterEnter(Coroutine co) {
        RUNNING.remove(co);
    }

    static void beforeYield(Coroutine co, boolean woven) {
        Object bound = Internals.scopedValues();
        Entry entry = RUNNING.get(co);
        // Null where the JVM would have to look for them on the stack: no answer then.
        if (bound != null && entry.bound != null && bound != entry.bound) throw scopedValueBound(co);
        long stack = stack(entry);
        if (GOOD.contains(stack)) return;
        ThreadInfo info = info();
        if (info == null) return; // A virtual thread: nobody tells.
        MonitorInfo[] monitors = info.getLockedMonitors();
        if (monitors.length > 0 && !woven) throw monitorHeld(co, monitors[0], info);
        Set<String> held = locks(info);
        held.removeAll(entry.held);
        if (held.isEmpty()) {
            GOOD.add(stack);
        } else if (entry.exact) {
            throw lockHeld(co, held.iterator().next());
        } else {
            ENTERED.remove(entry.from); // Perhaps the enterer's: the next time from there will tell.
            DOUBTED.add(entry.from);
        }
    }

    private static IllegalStateException monitorHeld(Coroutine co, MonitorInfo monitor, ThreadInfo info) {
        String who = "held by the coroutine";
        StackTraceElement[] stack = info.getStackTrace();
        for (int i = 0; i < monitor.getLockedStackDepth() && i < stack.length; i++) {
            boolean ours = stack[i].getClassName().equals(ContinuationStack.class.getName());
            if (ours && stack[i].getMethodName().equals("enter")) who = "held by its enterer";
        }
        return new IllegalStateException(co + " yields while the monitor of " + monitor + " is " + who
                + ", in " + monitor.getLockedStackFrame() + ": the JVM would take it along. Leave the "
                + "synchronized block before the yield, or use Backend.THREAD. The coroutine goes on");
    }

    private static IllegalStateException lockHeld(Coroutine co, String lock) {
        return new IllegalStateException(co + " yields with " + lock + " locked, which belongs to the "
                + "thread: the next coroutine of this thread gets in too. Unlock it before the yield, or use "
                + "Backend.THREAD. The coroutine goes on");
    }

    private static IllegalStateException scopedValueBound(Coroutine co) {
        return new IllegalStateException(co + " yields inside of ScopedValue.where: the binding belongs to "
                + "the thread, and its enterer would see it. Yield outside, pass the value on by a field, or "
                + "use Backend.THREAD. The coroutine goes on");
    }

    /**
     * Where each frame of this thread stands, as one number: those of the running coroutine, upon its
     * entry's.
     */
    private static long stack(Entry entry) {
        return WALKER.walk(frames -> frames
                .takeWhile(frame -> entry == null || !isBody(frame))
                .mapToLong(frame -> frame.getClassName().hashCode() * 31L + frame.getMethodName().hashCode()
                        + frame.getByteCodeIndex())
                .reduce(entry == null ? 1 : entry.from,
                        (hash, frame) -> (hash ^ frame) * 0x9E3779B97F4A7C15L));
    }

    private static boolean isBody(StackWalker.StackFrame frame) {
        return Frames.isEntry(frame.getClassName(), frame.getMethodName());
    }

    private static ThreadInfo info() {
        long[] me = {ThreadStackWorker.thisThread().threadId()};
        return THREADS.getThreadInfo(me, true, true)[0];
    }

    private static Set<String> locks(ThreadInfo info) {
        var held = new HashSet<String>();
        if (info == null) return held;
        for (LockInfo lock : info.getLockedSynchronizers()) held.add(lock.toString());
        return held;
    }
}
