package dev.pirn.tool;

import static dev.pirn.tool.CoroutineCase.expect;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The cases {@code /basic/*} of today's {@code test-coroutine.c}. */
final class BasicCases {
    static final List<CoroutineCase> ALL = List.of(
            new CoroutineCase("/basic/no-dangling-access", BasicCases::noDanglingAccess),
            new CoroutineCase("/basic/lifecycle", Cases2011::lifecycle),
            new CoroutineCase("/basic/yield", Cases2011::yield),
            new CoroutineCase("/basic/nesting", backend -> Cases2011.nesting(backend, 128)),
            new CoroutineCase("/basic/self", Cases2011::self),
            new CoroutineCase("/basic/entered", BasicCases::entered),
            new CoroutineCase("/basic/in_coroutine", Cases2011::inCoroutine),
            new CoroutineCase("/basic/order", BasicCases::order));

    private static final Duration COLLECTED_WITHIN = Duration.ofSeconds(5);

    private BasicCases() { }

    /**
     * One that yielded keeps no hold of the coroutine that entered it, once that has ended. QEMU overwrites
     * the memory of the ended one and sees that nothing trips over it; here the garbage collector must be
     * free to take it.
     * <pre>
     *   main           c1             c2
     *   enter c1 ────▶ enter c2 ────▶ caller is c1
     *                  ends ◀──────── yield
     *   c1 dropped, collected
     *   enter c2 ───────────────────▶ caller is nobody
     *     ◀────────────────────────── ends
     * </pre>
     */
    private static void noDanglingAccess(Backend backend) throws InterruptedException {
        var callers = new ArrayList<String>();
        var c2 = Coroutine.create(backend, "c2", () -> {
            callers.add(callerName());
            Coroutine.yield();
            callers.add(callerName());
        });
        WeakReference<Coroutine> c1 = enteredBy(backend, c2);
        expect("c2 suspended after c1's end", Coroutine.State.SUSPENDED, c2.state());
        expect("c2's caller while it is suspended", null, c2.caller());
        awaitCollected(c1);
        c2.enter();
        expect("c2's callers", List.of("c1", "nobody"), callers);
        expect("c2 after its end", Coroutine.State.DONE, c2.state());
    }

    private static String callerName() {
        Coroutine caller = Coroutine.self().caller();
        return caller == null ? "nobody" : caller.name();
    }

    /** In a method of its own, so that no frame of the case still holds the coroutine. */
    private static WeakReference<Coroutine> enteredBy(Backend backend, Coroutine inner) {
        var c1 = Coroutine.create(backend, "c1", inner::enter);
        c1.enter();
        expect("c1 after its end", Coroutine.State.DONE, c1.state());
        return new WeakReference<>(c1);
    }

    private static void awaitCollected(WeakReference<Coroutine> dropped) throws InterruptedException {
        long deadline = System.nanoTime() + COLLECTED_WITHIN.toNanos();
        while (dropped.get() != null) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("c1 after its end: expected to be collected within "
                        + COLLECTED_WITHIN.toSeconds() + " s, but c2 or the stack that c1 ran on keeps it");
            }
            System.gc();
            Thread.sleep(1); // References are cleared by another thread after the collection.
        }
    }

    /** Entered is who runs, and who entered that one; not who has yielded. */
    private static void entered(Backend backend) {
        var outer = Coroutine.create(backend, "outer", () -> {
            var self = Coroutine.self();
            expect("outer entered, inside", true, self.entered());
            var inner = Coroutine.create(backend, "inner", () -> {
                expectBothEntered("at first", self);
                Coroutine.yield();
                expectBothEntered("after its yield", self);
            });
            expect("inner entered, before", false, inner.entered());
            inner.enter();
            expect("inner entered, when it has yielded", false, inner.entered());
            inner.enter();
            expect("inner entered, when it has ended", false, inner.entered());
        });
        expect("outer entered, before", false, outer.entered());
        outer.enter();
        expect("outer entered, when it has ended", false, outer.entered());
    }

    private static void expectBothEntered(String when, Coroutine caller) {
        expect("caller entered, inside inner, " + when, true, caller.entered());
        expect("inner entered, inside, " + when, true, Coroutine.self().entered());
    }

    /** Caller (1) and coroutine (2) take turns around one yield, and each knows which of them it is. */
    private static void order(Backend backend) {
        var trace = new ArrayList<String>();
        var co = Coroutine.create(backend, "order", () -> {
            step(trace, 2, 1);
            Coroutine.yield();
            step(trace, 2, 2);
        });
        step(trace, 1, 1);
        co.enter();
        step(trace, 1, 2);
        expect("state after its yield", Coroutine.State.SUSPENDED, co.state());
        co.enter();
        step(trace, 1, 3);
        expect("steps {who, step}", "[{1,1}, {2,1}, {1,2}, {2,2}, {1,3}]", trace.toString());
    }

    private static void step(List<String> trace, int who, int step) {
        trace.add("{" + who + "," + step + "}");
        expect("in a coroutine at step " + trace.getLast(), who == 2, Coroutine.inCoroutine());
    }
}
