package dev.pirn.tool;

import static dev.pirn.tool.CoroutineCase.expect;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.util.List;

/**
 * The five cases of {@code check-coroutine.c}, as it came with the first patches in 2011. Four of today's
 * {@code /basic} cases are these under another name.
 */
final class Cases2011 {
    static final List<CoroutineCase> ALL = List.of(
            new CoroutineCase("test_lifecycle", Cases2011::lifecycle),
            new CoroutineCase("test_yield", Cases2011::yield),
            // One level, as in 2011: no nesting at all.
            new CoroutineCase("test_nesting", backend -> nesting(backend, 1)),
            new CoroutineCase("test_self", Cases2011::self),
            new CoroutineCase("test_in_coroutine", Cases2011::inCoroutine));

    private static final int YIELDS = 5;

    private Cases2011() { }

    /**
     * What was created runs when it is entered, not before; and again, for no state of the first may affect
     * it.
     */
    static void lifecycle(Backend backend) {
        for (int round = 1; round <= 2; round++) {
            boolean[] ran = {false};
            var co = Coroutine.create(backend, "set and exit", () -> ran[0] = true);
            expect("ran before it was entered, round " + round, false, ran[0]);
            co.enter();
            expect("ran when it was entered, round " + round, true, ran[0]);
            expect("state after its end, round " + round, Coroutine.State.DONE, co.state());
        }
    }

    /** One that yields five times comes back five times before it is done. */
    static void yield(Backend backend) {
        boolean[] done = {false};
        var co = Coroutine.create(backend, "yield 5 times", () -> {
            for (int i = 0; i < YIELDS; i++) Coroutine.yield();
            done[0] = true;
        });
        int yielded = -1; // The enter that ends it is none.
        while (!done[0]) {
            co.enter();
            yielded++;
        }
        expect("yields until it was done", YIELDS, yielded);
    }

    /** Each coroutine enters the next, and all come back, innermost first. */
    static void nesting(Backend backend, int levels) {
        var nest = new Nest(backend, levels);
        nest.enterNext();
        expect("coroutines that began", levels, nest.entered);
        expect("coroutines that came back", levels, nest.returned);
    }

    /** Inside, self is the coroutine that was entered. */
    static void self(Backend backend) {
        Coroutine[] self = {null};
        var co = Coroutine.create(backend, "self", () -> self[0] = Coroutine.self());
        co.enter();
        expect("self inside is the one that was entered", co, self[0]);
        expect("self outside", null, Coroutine.self());
    }

    static void inCoroutine(Backend backend) {
        expect("in a coroutine before", false, Coroutine.inCoroutine());
        boolean[] inside = {false};
        Coroutine.create(backend, "in coroutine", () -> inside[0] = Coroutine.inCoroutine()).enter();
        expect("in a coroutine inside", true, inside[0]);
        expect("in a coroutine after", false, Coroutine.inCoroutine());
    }
}
