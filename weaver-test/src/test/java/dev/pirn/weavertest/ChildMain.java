package dev.pirn.weavertest;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Runs what {@link ChildJvmTest} compiled and wove, in a JVM with flags of its own, in which javac would take
 * too long: {@code ChildMain FOLDER PROGRAMS}. Prints what differs, then how much was run.
 */
final class ChildMain {
    private static final long PAUSE_NANOS = 100_000_000; // Each collection takes some 50 ms to verify.

    private static int failures;

    private ChildMain() { }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        List<Long> seeds = LongStream.rangeClosed(1, Long.parseLong(arguments[1])).boxed().toList();
        if (Boolean.getBoolean("pirn.collect")) collectOften();
        int scenarios = 0;
        for (String name : Scenarios.names().toList()) {
            for (Mode mode : Mode.available()) {
                scenario(folder, name, mode);
                scenarios++;
            }
        }
        var random = RandomBatch.loaded(seeds, loader(folder, "random-plain"),
                loader(folder, "random-woven"));
        random.differences().forEach((seed, text) -> fail("seed " + seed, text));
        System.out.println(failures + " failed of " + scenarios + " scenarios and " + seeds.size()
                + " programs");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void scenario(Path folder, String name, Mode mode) throws Exception {
        var loader = loader(folder, mode.isWoven ? "woven" : "plain");
        loader.setDefaultAssertionStatus(true);
        String expected = Scenarios.expected(name, mode);
        String actual = Scenarios.run(loader, name, mode);
        if (!expected.equals(actual)) fail(name + " " + mode, "expected " + expected + "but was " + actual);
    }

    private static void fail(String what, String how) {
        failures++;
        System.out.println(what + ": " + how);
    }

    /** Objects move, and those that only a frame knows must stay, whatever code is running. */
    private static void collectOften() {
        Thread.ofPlatform().daemon().name("collects").start(() -> {
            while (true) {
                System.gc();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        });
    }

    private static ClassLoader loader(Path folder, String part) throws MalformedURLException {
        return new URLClassLoader(new URL[] {folder.resolve(part).toUri().toURL()},
                ChildMain.class.getClassLoader());
    }

    /** Puts classes where the loader finds them. */
    static void write(Path folder, Map<String, byte[]> classes) throws IOException {
        for (var each : classes.entrySet()) {
            Path file = folder.resolve(each.getKey() + ".class");
            Files.createDirectories(file.getParent());
            Files.write(file, each.getValue());
        }
    }
}
