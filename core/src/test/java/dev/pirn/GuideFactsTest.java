package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the tables of docs/guide/coroutines.md say of locks, thread locals and scoped values. None of it is a
 * promise of ours: when a JDK changes it, this fails, and the tables want new words.
 *
 * <p>In a JVM of its own, for some of it hangs, leaks into the thread, or is refused where checks are on.
 */
class GuideFactsTest {
    private static final Map<Backend, List<String>> FACTS = Map.of(
            Backend.CONTINUATION, List.of(
                    "the same thread's other coroutine, for a monitor: hangs",
                    "a monitor of the enterer: lost, notify throws, taking it again: hangs",
                    "a monitor of the enterer, that the coroutine wants: gets in",
                    "the same thread's other coroutine, for a ReentrantLock: gets in",
                    "a ReentrantLock that goes on elsewhere: unlock throws, locked true",
                    "thread locals: here, there",
                    "scoped, bound around enter: one, two",
                    "scoped, bound inside: enterer sees inside, it sees inside, elsewhere unbound"),
            Backend.THREAD, List.of(
                    "the same thread's other coroutine, for a monitor: hangs",
                    "a monitor of the enterer: kept, notify works, taking it again: gets in",
                    "a monitor of the enterer, that the coroutine wants: hangs",
                    "the same thread's other coroutine, for a ReentrantLock: kept out",
                    "a ReentrantLock that goes on elsewhere: unlock works, locked false",
                    "thread locals: null, null",
                    "scoped, bound around enter: unbound, unbound",
                    "scoped, bound inside: enterer sees unbound, it sees inside, elsewhere inside"));

    @ParameterizedTest @EnumSource(names = {"CONTINUATION", "THREAD"})
    void theTablesAreTrueOnThisJdk(Backend backend) throws Exception {
        var process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.vm=dev.pirn.core",
                "--add-exports=java.base/jdk.internal.access=dev.pirn.core",
                "-Dpirn.backend=" + backend, "--module-path", Path.of("target", "classes").toString(),
                "--patch-module", "dev.pirn.core=" + Path.of("target", "test-classes"),
                "--module", "dev.pirn.core/" + Program.class.getName()).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(String.join("\n", FACTS.get(backend)), out.strip());
    }

    static final class Program {
        private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();
        private static final ScopedValue<String> SCOPED = ScopedValue.newInstance();

        private Program() { }

        public static void main(String[] arguments) {
            monitors();
            locks();
            threadLocals();
            scopedValues();
        }

        private static void monitors() {
            var monitor = new Object();
            var holder = Coroutine.create("holder", () -> {
                synchronized (monitor) {
                    Coroutine.yield();
                }
            });
            var wants = Coroutine.create("wants", () -> take(monitor));
            say("the same thread's other coroutine, for a monitor: ", hangs(() -> {
                holder.enter();
                wants.enter();
            }) ? "hangs" : "gets in");
            var enterers = new Object();
            var found = new ArrayList<String>();
            boolean hangs = hangs(() -> {
                synchronized (enterers) {
                    Coroutine.create("a", Coroutine::yield).enter();
                    found.add(Thread.holdsLock(enterers) ? "kept" : "lost");
                    found.add("notify " + works(enterers::notifyAll));
                    take(enterers);
                }
            });
            say("a monitor of the enterer: ", found.get(0), ", ", found.get(1), ", taking it again: ",
                    hangs ? "hangs" : "gets in");
            var both = new Object();
            say("a monitor of the enterer, that the coroutine wants: ", hangs(() -> {
                synchronized (both) {
                    Coroutine.create("a", () -> take(both)).enter();
                }
            }) ? "hangs" : "gets in");
        }

        private static void take(Object monitor) {
            synchronized (monitor) {
                LOCAL.remove(); // Something.
            }
        }

        private static void locks() {
            var lock = new ReentrantLock();
            var found = new ArrayList<String>();
            var holder = Coroutine.create("holder", () -> {
                lock.lock();
                Coroutine.yield();
                found.add(works(lock::unlock));
            });
            holder.enter();
            Coroutine.create("wants", () -> {
                boolean in = lock.tryLock();
                say("the same thread's other coroutine, for a ReentrantLock: ", in ? "gets in" : "kept out");
                if (in) lock.unlock();
            }).enter();
            elsewhere(holder::enter);
            say("a ReentrantLock that goes on elsewhere: unlock ", found.getFirst(), ", locked "
                    + lock.isLocked());
        }

        private static void threadLocals() {
            LOCAL.set("here");
            var found = new ArrayList<String>();
            var co = Coroutine.create("a", () -> {
                found.add(LOCAL.get());
                Coroutine.yield();
                found.add(LOCAL.get());
            });
            co.enter();
            elsewhere(() -> {
                LOCAL.set("there");
                co.enter();
            });
            say("thread locals: ", found.get(0), ", ", found.get(1));
        }

        private static void scopedValues() {
            var found = new ArrayList<String>();
            var co = Coroutine.create("a", () -> {
                found.add(scoped());
                Coroutine.yield();
                found.add(scoped());
            });
            ScopedValue.where(SCOPED, "one").run(co::enter);
            ScopedValue.where(SCOPED, "two").run(co::enter);
            say("scoped, bound around enter: ", found.get(0), ", ", found.get(1));
            found.clear();
            var binds = Coroutine.create("b", () -> ScopedValue.where(SCOPED, "inside").run(() -> {
                Coroutine.yield();
                found.add("it sees " + scoped());
                Coroutine.yield();
                found.add("elsewhere " + scoped());
            }));
            binds.enter();
            String enterers = scoped();
            binds.enter();
            elsewhere(binds::enter);
            say("scoped, bound inside: enterer sees ", enterers, ", ", found.get(0), ", ", found.get(1));
        }

        private static String scoped() {
            return SCOPED.isBound() ? SCOPED.get() : "unbound";
        }

        private static void elsewhere(Runnable task) {
            hangs(task);
        }

        /** Runs it in a thread of its own: true if that is not back after what is for ever here. */
        private static boolean hangs(Runnable task) {
            var thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
            try {
                return !thread.join(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        private static String works(Runnable task) {
            try {
                task.run();
                return "works";
            } catch (IllegalMonitorStateException e) {
                return "throws";
            }
        }

        private static void say(String... words) {
            System.out.println(String.join("", words));
        }
    }
}
