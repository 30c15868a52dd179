package dev.pirn.tool;

import static dev.pirn.tool.CoroutineCase.expect;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.MixedFn;
import dev.pirn.aio.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** The cases {@code /pirn/*}: what QEMU has and never tests, its abort texts among it. */
final class OurCases {
    static final List<CoroutineCase> ALL = List.of(
            new CoroutineCase("/pirn/abort/re-entered-recursively", OurCases::reEntered),
            new CoroutineCase("/pirn/abort/yielding-to-no-one", OurCases::yieldingToNoOne),
            new CoroutineCase("/pirn/abort/already-scheduled", OurCases::alreadyScheduled),
            new CoroutineCase("/pirn/abort/ended", OurCases::ended),
            new CoroutineCase("/pirn/enter-if-inactive", OurCases::enterIfInactive),
            new CoroutineCase("/pirn/migration", OurCases::migration),
            new CoroutineCase("/pirn/many-alive", OurCases::manyAlive),
            new CoroutineCase("/pirn/stack-overflow", OurCases::stackOverflow),
            new CoroutineCase("/pirn/cancel", OurCases::cancel));

    /** More than the thread backend keeps threads for: those past the bound come and go. */
    private static final int ALIVE = 300;

    private OurCases() { }

    private static void reEntered(Backend backend) {
        var messages = new ArrayList<String>();
        var co = Coroutine.create(backend, "a", () -> messages.add(refusal(Coroutine.self()::enter)));
        co.enter();
        expect("refusal to enter oneself", true,
                messages.getFirst().startsWith("Co-routine re-entered recursively: coroutine \"a\" "
                + "(running), by "));
        expect("state after it", Coroutine.State.DONE, co.state());
    }

    private static void yieldingToNoOne(Backend backend) {
        expectStart("Co-routine is yielding to no one: ", refusal(OurCases::yieldWherever));
    }

    @MixedFn // It does not look where it is: that is the case.
    private static void yieldWherever() {
        Coroutine.yield();
    }

    private static void alreadyScheduled(Backend backend) throws Exception {
        try (var loop = EventLoop.open("case")) {
            var co = Coroutine.create(backend, "a", () -> { });
            loop.schedule(co);
            String twice = refusal(() -> loop.schedule(co));
            expect("refusal to schedule it twice", true,
                    twice.startsWith("Co-routine was already scheduled in 'Home.schedule': coroutine \"a\" "
                    + ""));
            expect("refusal to enter it", true,
                    refusal(co::enter).contains("now by 'Coroutine.enter'"));
            loop.turn(false);
            expect("state after its turn", Coroutine.State.DONE, co.state());
        }
    }

    private static void ended(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> { });
        co.enter();
        expect("refusal to enter an ended one", true,
                refusal(co::enter).startsWith("coroutine \"a\" (done) has ended and cannot be entered "
                + "again"));
    }

    private static void expectStart(String start, String text) {
        if (!text.startsWith(start)) expect("refusal", start + "…", text);
    }

    private static String refusal(Runnable misuse) {
        try {
            misuse.run();
            return "nothing was refused";
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }

    private static void enterIfInactive(Backend backend) {
        var trace = new ArrayList<Boolean>();
        Coroutine[] outer = new Coroutine[1];
        var inner = Coroutine.create(backend, "inner", () -> trace.add(outer[0].enterIfInactive()));
        outer[0] = Coroutine.create(backend, "outer", () -> {
            inner.enter();
            Coroutine.yield();
        });
        trace.add(outer[0].enterIfInactive());
        trace.add(outer[0].enterIfInactive());
        expect("entered: by its inner, when new, when suspended", List.of(false, true, true), trace);
    }

    /** Created here, it yields here and ends there, and knows itself in both. */
    private static void migration(Backend backend) throws InterruptedException {
        var trace = new ArrayList<Boolean>();
        Coroutine[] co = new Coroutine[1];
        co[0] = Coroutine.create(backend, "migrant", () -> {
            trace.add(Coroutine.self() == co[0]);
            Coroutine.yield();
            trace.add(Coroutine.self() == co[0] && Coroutine.inCoroutine());
        });
        co[0].enter();
        var there = new Thread(co[0]::enter, "there");
        there.start();
        there.join();
        expect("self is right here and there", List.of(true, true), trace);
        expect("state after its end there", Coroutine.State.DONE, co[0].state());
    }

    private static void manyAlive(Backend backend) {
        int[] ended = {0};
        for (int round = 1; round <= 2; round++) {
            var all = new ArrayList<Coroutine>();
            for (int i = 0; i < ALIVE; i++) {
                all.add(Coroutine.create(backend, "n" + i, () -> {
                    Coroutine.yield();
                    ended[0]++;
                }));
            }
            all.forEach(Coroutine::enter);
            all.forEach(Coroutine::enter);
            expect("ended after round " + round, round * ALIVE, ended[0]);
        }
    }

    private static void stackOverflow(Backend backend) {
        var co = Coroutine.create(backend, "endless", () -> endless(0));
        String thrown = "nothing";
        try {
            co.enter();
        } catch (StackOverflowError e) {
            thrown = "StackOverflowError";
        }
        expect("thrown out of enter", "StackOverflowError", thrown);
        expect("state after it", Coroutine.State.DONE, co.state());
        Cases2011.yield(backend); // And the next one is as good as ever.
    }

    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    private static void cancel(Backend backend) {
        var trace = new ArrayList<String>();
        var co = Coroutine.create(backend, "a", () -> {
            try {
                Coroutine.yield();
                trace.add("went on");
            } finally {
                trace.add("finally");
            }
        });
        co.enter();
        co.cancel();
        expect("what ran after the yield", List.of("finally"), trace);
        expect("state after it", Coroutine.State.DONE, co.state());
    }
}
