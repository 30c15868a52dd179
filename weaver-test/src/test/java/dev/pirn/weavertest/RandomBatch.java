package dev.pirn.weavertest;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.weaver.Message;
import dev.pirn.weaver.Weaver;
import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/** Random programs that are compiled together, and run in every mode. */
final class RandomBatch {
    private static final int ENTERS_MAX = 5_000; // Their fuel is spent long before.

    private final List<Long> seeds;
    private final boolean isThorough;
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<Mode, ClassLoader> loaders = new EnumMap<>(Mode.class);

    /**
     * @param isThorough also run on threads, and looked at by the library's verifier: that takes half of the
     *     time
     */
    RandomBatch(List<Long> seeds, boolean isThorough) {
        this.seeds = seeds;
        this.isThorough = isThorough;
        sources.put(RandomRuntime.NAME, RandomRuntime.SOURCE);
        for (long each : seeds) sources.put(RandomProgram.name(each), RandomProgram.source(each));
    }

    /** What goes wrong, by seed; empty if nothing. */
    Map<Long, String> failures() {
        try {
            load();
        } catch (RuntimeException | AssertionError e) {
            return singly(e);
        }
        return differences();
    }

    /** Has the classes, which were compiled and woven elsewhere. */
    static RandomBatch loaded(List<Long> seeds, ClassLoader plain, ClassLoader woven) {
        var batch = new RandomBatch(seeds, true);
        for (Mode each : Mode.available()) batch.loaders.put(each, each.isWoven ? woven : plain);
        return batch;
    }

    /** What the modes do not do alike, by seed. */
    Map<Long, String> differences() {
        var failures = new LinkedHashMap<Long, String>();
        for (long each : seeds) {
            String failure = failure(each);
            if (failure != null) failures.put(each, failure);
        }
        return failures;
    }

    /** Finds those for which a batch cannot be compiled or woven. */
    private Map<Long, String> singly(Throwable e) {
        // Too large for the JVM when woven: refused, as it should be.
        if (seeds.size() == 1 && e.getMessage().contains("split it into several methods")) return Map.of();
        if (seeds.size() == 1) return Map.of(seeds.getFirst(), describe(e));
        var failures = new LinkedHashMap<Long, String>();
        int half = seeds.size() / 2;
        failures.putAll(new RandomBatch(seeds.subList(0, half), isThorough).failures());
        failures.putAll(new RandomBatch(seeds.subList(half, seeds.size()), isThorough).failures());
        return failures;
    }

    private static String describe(Throwable e) {
        var text = new StringBuilder(e.toString());
        for (int i = 0; i < Math.min(12, e.getStackTrace().length); i++) {
            text.append("\n    at ").append(e.getStackTrace()[i]);
        }
        return text.toString();
    }

    /** The class files, by internal name. */
    Map<String, byte[]> classes(boolean woven) {
        Program program = Program.ofSources(sources);
        var classes = new LinkedHashMap<>(program.plain);
        if (woven) classes.putAll(program.weave().classes());
        return classes;
    }

    private void load() {
        Program program = Program.ofSources(sources);
        Weaver.Result woven = program.weave();
        List<Message> messages = woven.messages();
        if (!messages.isEmpty()) throw new AssertionError(messages.toString());
        Program.Loader verified = program.wovenLoader(woven);
        if (isThorough) verify(woven, program);
        loaders.put(Mode.PURE, verified);
        loaders.put(Mode.HYBRID, program.wovenLoader(woven));
        if (isThorough) loaders.put(Mode.THREAD, new Program.Loader(program.plain));
        loaders.put(Mode.CONTINUATION, new Program.Loader(program.plain));
    }

    /** Not by the JVM alone: the library's verifier sees tables that the JVM ignores, too. */
    private static void verify(Weaver.Result woven, Program program) {
        var types = ClassHierarchyResolver.ofResourceParsing(type -> {
            byte[] bytes = find(type.descriptorString(), woven, program);
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        });
        ClassFile files = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(types.cached()));
        woven.classes().forEach((name, bytes) -> {
            var errors = files.verify(bytes);
            if (!errors.isEmpty()) throw new AssertionError(name + ": " + errors.getFirst().getMessage());
        });
    }

    private static byte[] find(String descriptor, Weaver.Result woven, Program program) {
        String name = descriptor.substring(1, descriptor.length() - 1);
        byte[] made = woven.classes().get(name);
        return made == null ? program.find(name) : made;
    }

    private String failure(long seed) {
        var traces = new EnumMap<Mode, String>(Mode.class);
        for (Mode each : loaders.keySet()) traces.put(each, run(each, seed));
        String expected = traces.values().iterator().next(); // Of plain code: those modes come first.
        var wrong = new ArrayList<String>();
        traces.forEach((mode, trace) -> {
            if (!trace.equals(expected)) wrong.add(mode + ": " + trace);
        });
        return wrong.isEmpty() ? null : "expected: " + expected + "\n  " + String.join("\n  ", wrong);
    }

    private String run(Mode mode, long seed) {
        ClassLoader loader = loaders.get(mode);
        try {
            Class<?> runtime = loader.loadClass("t." + RandomRuntime.NAME);
            runtime.getMethod("start", int.class).invoke(null, (int) seed);
            var log = runtime.getMethod("log", Object.class);
            var entry = (CoroutineEntry) loader.loadClass("t." + RandomProgram.name(seed)).getConstructor()
                    .newInstance();
            Coroutine coroutine = Coroutine.create(mode.backend, "P" + seed, entry);
            int cancelled = seed % 4 == 0 ? 1 + (int) (seed / 4 % 9) : ENTERS_MAX;
            for (int i = 0; i < ENTERS_MAX && coroutine.state() != Coroutine.State.DONE; i++) {
                Throwable thrown = enter(coroutine, i == cancelled);
                log.invoke(null, thrown == null ? "|" : thrown);
            }
            log.invoke(null, coroutine.state());
            return (String) runtime.getMethod("take").invoke(null);
        } catch (ReflectiveOperationException | LinkageError e) {
            return describe(e);
        }
    }

    private static Throwable enter(Coroutine coroutine, boolean isCancelled) {
        try {
            if (isCancelled) coroutine.cancel();
            else coroutine.enter();
            return null;
        } catch (CancellationException e) {
            return new AssertionError("a cancel came out", e);
        } catch (RuntimeException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }
}
