package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Exchanger;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Woven coroutines go on in another thread each time, and see that one and its locals, not those of before.
 * <pre>
 *   thread A             thread B
 *   enters each of 500   enters each of 500
 *            ◀─ all are exchanged ─▶
 *   enters each of 500   enters each of 500
 * </pre>
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MigrationTest {
    private static final Path SOURCE = Path.of("src/test/resources/migration/Migrant.java");
    private static final int COROUTINES = 1_000;
    private static final int TIMES = Boolean.getBoolean("pirn.long") ? 20_000 : 1_000;
    private static Program program;

    @BeforeAll
    static void make() throws IOException {
        program = Program.ofSources(Map.of("Migrant", Files.readString(SOURCE)));
    }

    /** One that travels, with what its class has public. */
    private record Traveller(Coroutine coroutine, CoroutineEntry entry) { }

    @ParameterizedTest
    @EnumSource(names = {"PURE", "HYBRID"})
    void aMillionTimesInAnotherThread(Backend backend) throws Exception {
        Class<?> type = program.wovenLoader(program.weave()).loadClass("migration.Migrant");
        VarHandle expected = MethodHandles.lookup().findVarHandle(type, "expected", Thread.class);
        @SuppressWarnings("unchecked")
        var local = (ThreadLocal<Thread>) type.getField("LOCAL").get(null);
        var all = new ArrayList<Traveller>();
        for (int i = 0; i < COROUTINES; i++) {
            var entry = (CoroutineEntry) type.getConstructor(int.class).newInstance(TIMES);
            all.add(new Traveller(Coroutine.create(backend, "migrant", entry), entry));
        }
        var exchanger = new Exchanger<List<Traveller>>();
        try (var threads = Executors.newFixedThreadPool(2)) {
            List<Traveller> half = all.subList(0, COROUTINES / 2);
            List<Traveller> other = all.subList(COROUTINES / 2, COROUTINES);
            Future<?> first = threads.submit(() -> enter(half, exchanger, local, expected));
            Future<?> second = threads.submit(() -> enter(other, exchanger, local, expected));
            second.get();
            first.get();
        }
        int resumed = 0;
        for (Traveller each : all) {
            assertEquals(0, type.getField("wrong").getInt(each.entry), "seen wrong");
            assertEquals(Coroutine.State.DONE, each.coroutine.state());
            resumed += type.getField("resumed").getInt(each.entry);
        }
        assertEquals(COROUTINES * TIMES, resumed);
    }

    /** Enters each of {@code mine}, then those that the other thread had; until all have ended. */
    private static Object enter(List<Traveller> mine, Exchanger<List<Traveller>> exchanger,
            ThreadLocal<Thread> local, VarHandle expected) throws InterruptedException {
        Thread self = Thread.currentThread();
        local.set(self);
        List<Traveller> now = mine;
        for (int i = 0; i <= TIMES; i++) {
            for (Traveller each : now) {
                expected.set(each.entry, self);
                each.coroutine.enter();
            }
            now = exchanger.exchange(now);
        }
        return null;
    }
}
