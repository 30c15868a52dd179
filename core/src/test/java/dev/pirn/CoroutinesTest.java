package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The list of live coroutines. */
class CoroutinesTest {
    private final List<Object> trace = new ArrayList<>();

    @BeforeEach
    void track() {
        Coroutines.track(true);
    }

    @AfterEach
    void stop() {
        Coroutines.track(false);
        Registry.places = false;
    }

    private static CoroutineInfo find(String name) {
        return Coroutines.live().stream().filter(each -> name.equals(each.name())).findAny().orElse(null);
    }

    private static String methods(List<StackTraceElement> stack) {
        return String.join(" ", stack.stream().map(StackTraceElement::getMethodName).toList());
    }

    @ParameterizedTest @EnumSource
    void listedFromItsCreationToItsEnd(Backend backend) {
        var co = Coroutine.create(backend, "a", Coroutine::yield);
        assertEquals(State.NEW, find("a").state());
        assertEquals(backend, find("a").backend());
        assertEquals(List.of(), find("a").stack());
        co.enter();
        assertEquals(State.SUSPENDED, find("a").state());
        assertNull(find("a").thread());
        co.enter();
        assertNull(find("a"));
    }

    @ParameterizedTest @EnumSource
    void framesOfASuspendedOneWithoutThoseThatSwitch(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> read());
        co.enter();
        CoroutineInfo info = find("a");
        assertEquals("pause read", methods(info.stack()).replaceAll(" lambda.*", ""));
        assertEquals(3, info.stack().size(), info.stack().toString());
        co.enter();
    }

    @CoroutineFn
    private static void read() {
        pause();
    }

    @CoroutineFn
    private static void pause() {
        Coroutine.yield();
    }

    /**
     * Each of those that run on top of each other has its own frames, the one on top too.
     * <pre>
     *   main          outer        inner
     *   enter ──────▶ callInner ─▶ look   lists all
     * </pre>
     */
    @ParameterizedTest @EnumSource
    void framesOfThoseThatRunOnTopOfEachOther(Backend backend) {
        var inner = Coroutine.create(backend, "inner", this::look);
        var outer = Coroutine.create(backend, "outer", () -> callInner(inner));
        outer.enter();
        assertEquals(List.of("inner RUNNING \"outer\" look", "outer ENTERED_ANOTHER null callInner"), trace);
    }

    private static void callInner(Coroutine inner) {
        inner.enter();
    }

    private void look() {
        for (CoroutineInfo each : Coroutines.live()) {
            trace.add(each.name() + " " + each.state() + " " + each.caller() + " "
                    + methods(each.stack()).replaceAll(" (lambda.*|enter)", ""));
        }
    }

    @Test
    void framesOfMixedBackends() {
        var inner = Coroutine.create(Backend.THREAD, "inner", this::look);
        var outer = Coroutine.create(Backend.CONTINUATION, "outer", () -> callInner(inner));
        Coroutine.create(Backend.CONTINUATION, "outermost", outer::enter).enter();
        assertEquals("outer ENTERED_ANOTHER \"outermost\" callInner", trace.get(1));
        assertEquals("inner RUNNING \"outer\" look", trace.get(0));
    }

    @ParameterizedTest @EnumSource
    void oneThatAwaitsSaysWhatAndWhere(Backend backend) throws ExecutionException {
        var home = new ManualHome("h");
        var answer = new Completion<String>("the answer");
        var co = Coroutine.create(backend, "a", () -> trace.add(answer.await()));
        home.in(co::enter);
        CoroutineInfo info = find("a");
        assertEquals("the answer", info.waitsFor());
        assertEquals("h", info.home());
        assertEquals("await", info.stack().getFirst().getMethodName());
        answer.complete("42");
        assertEquals(State.SCHEDULED, find("a").state());
        home.turn();
        assertEquals(List.of("42"), trace);
    }

    @Test
    void oneMadeBeforeIsSeenFromItsNextEnterOn() {
        Coroutines.track(false);
        var co = Coroutine.create("early", () -> {
            Coroutine.yield();
            Coroutine.yield();
        });
        co.enter();
        Coroutines.track(true);
        assertNull(find("early"));
        co.enter();
        assertEquals(State.SUSPENDED, find("early").state());
        Coroutines.track(false);
        assertEquals(List.of(), Coroutines.live());
        co.enter();
    }

    @Test
    void placesAreTrackedOnlyWhenAsked() {
        var without = Coroutine.create("without", () -> { });
        Registry.places = true;
        var with = make();
        assertEquals(List.of(), find("without").createdAt());
        assertEquals("make", find("with").createdAt().getFirst().getMethodName());
        assertNotEquals(without.name(), with.name());
    }

    private static Coroutine make() {
        return Coroutine.create("with", () -> { });
    }

    /** The collector finds it; its creator, its frames and what it awaited must not keep it. */
    @Test
    void oneThatNothingCanEnterIsLost() {
        long before = Coroutines.lostCount();
        Registry.places = true;
        suspendAndForget(Backend.CONTINUATION, "forgotten");
        Coroutine.create("never entered", () -> { });
        while (Coroutines.lostCount() == before && !isTooLate()) System.gc();
        CoroutineInfo lost = Coroutines.lost().getLast();
        assertEquals("forgotten", lost.name());
        assertEquals("h", lost.home());
        assertEquals("suspendAndForget", lost.createdAt().getFirst().getMethodName());
        while (find("never entered") != null && !isTooLate()) System.gc();
        assertNull(find("forgotten"));
        assertEquals(before + 1, Coroutines.lostCount());
    }

    /** The time limit interrupts: a test that failed must not collect garbage for ever beside the others. */
    private static boolean isTooLate() {
        return Thread.currentThread().isInterrupted();
    }

    /** In a method of its own, so that no frame of the test holds it. */
    private static void suspendAndForget(Backend backend, String name) {
        var home = new ManualHome("h");
        var self = new Object[1];
        var nothing = new Completion<Void>(self);
        var co = Coroutine.create(backend, name, nothing::await);
        self[0] = co; // What it waits for knows it, as a socket's loop does.
        home.in(co::enter);
    }

    @Test
    void onTheThreadBackendItsThreadKeepsIt() {
        suspendAndForget(Backend.THREAD, "kept");
        System.gc();
        CoroutineInfo kept = find("kept");
        assertEquals(State.SUSPENDED, kept.state());
        assertTrue(kept.since().isPositive());
        assertEquals("await", kept.stack().getFirst().getMethodName());
    }

    /** Who enters waits until the frames are walked; who walks never sees half a switch. */
    @Test
    void lookingDisturbsNobodyWhoEnters() throws InterruptedException {
        int rounds = 100_000;
        var done = new AtomicBoolean();
        var co = Coroutine.create(Backend.CONTINUATION, "busy", () -> {
            while (!done.get()) read();
        });
        Throwable[] failure = {null};
        var enterer = new Thread(() -> {
            try {
                for (int i = 0; i < rounds; i++) co.enter();
            } catch (Throwable e) {
                failure[0] = e;
            } finally {
                done.set(true);
            }
        });
        enterer.start();
        int looks = 0;
        int suspended = 0;
        while (!done.get()) {
            CoroutineInfo info = find("busy");
            looks++;
            if (info == null || info.state() != State.SUSPENDED || info.stack().isEmpty()) continue;
            suspended++;
            assertTrue(methods(info.stack()).contains("read"), info.stack().toString());
        }
        enterer.join();
        assertNull(failure[0]);
        assertTrue(looks > 0 && suspended <= looks);
        co.enter();
    }
}
