package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.weavertest.Trace;

/** Coroutines enter coroutines; each yields to whoever entered it last. */
public class Nested implements CoroutineEntry {
    @CoroutineFn
    private static void down(int depth) {
        log(Coroutine.self().name() + Coroutine.inCoroutine());
        if (depth > 0) {
            Coroutine inner = Coroutine.create(Trace.backend(), "inner" + depth, () -> down(depth - 1));
            while (inner.state() != Coroutine.State.DONE) {
                inner.enter();
                log("back" + depth + inner.state());
                Coroutine.yield();
            }
        }
        log("end" + late(depth) + Coroutine.self().name());
    }

    @CoroutineFn
    private static void failing() {
        int[] got = {0};
        Coroutine inner = Coroutine.create(Trace.backend(), "failing", () -> {
            got[0] = late(4);
            throw new IllegalStateException("inner " + late(got[0]));
        });
        try {
            while (true) {
                inner.enter();
                Coroutine.yield();
            }
        } catch (IllegalStateException e) {
            log(late(e.getMessage()) + inner.state());
        }
    }

    /** Two that enter each other in turn through what stands below both. */
    @CoroutineFn
    private static void pingPong() {
        var text = new StringBuilder();
        Coroutine ping = Coroutine.create(Trace.backend(), "ping", () -> {
            for (int i = 0; i < 3; i++) text.append(late("ping" + i));
        });
        Coroutine pong = Coroutine.create(Trace.backend(), "pong", () -> {
            for (int i = 0; i < 3; i++) {
                if (ping.state() != Coroutine.State.DONE) ping.enter();
                text.append(late("pong" + i));
            }
        });
        while (ping.state() != Coroutine.State.DONE || pong.state() != Coroutine.State.DONE) {
            if (pong.state() != Coroutine.State.DONE) pong.enter();
            if (ping.state() != Coroutine.State.DONE) ping.enter();
        }
        log(text);
    }

    /** One that is entered from another than it was before. */
    @CoroutineFn
    private static void passedOn() {
        Coroutine shared = Coroutine.create(Trace.backend(), "shared", () -> {
            for (int i = 0; i < 4; i++) log(Coroutine.self().caller().name() + late(i));
        });
        Coroutine other = Coroutine.create(Trace.backend(), "other", () -> {
            shared.enter();
            Coroutine.yield();
            shared.enter();
        });
        other.enter();
        shared.enter();
        late(0);
        other.enter();
        while (shared.state() != Coroutine.State.DONE) shared.enter();
        log(other.state());
    }

    @Override
    @CoroutineFn
    public void run() {
        down(2);
        failing();
        pingPong();
        passedOn();
        try {
            Coroutine.self().enter();
        } catch (IllegalStateException e) {
            log(e.getMessage());
        }
    }
}
