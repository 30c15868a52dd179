package dev.pirn.weaver;

import dev.pirn.weaver.Message.Severity;
import dev.pirn.weaver.WeaveState.Known;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Weaves folders of classes in place, as often as a build likes: only what has changed is woven again.
 * <pre>
 *   folders, and what is known of them ──▶ changed classes, or all where a mark that they use has changed
 *     ──▶ Weaver ──▶ an error? nothing is written, and the next run says it again
 *                └─▶ known ──▶ files: in this order, for a run that is cut off is then seen by the next
 * </pre>
 */
public final class Weaving {
    private final List<WeaveFolder> folders = new ArrayList<>();
    private final Map<String, byte[]> batch = new TreeMap<>();
    private final Map<String, String> used = new TreeMap<>();
    private final ClassFiles path;
    private final String stamp;
    private boolean all; // Every class is woven again, not only those that have changed.

    /**
     * What was done.
     *
     * @param classes how many classes of the compiler there are
     * @param given how many of them were given to the weaver
     * @param written how many files were written, changed and new ones
     * @param messages what is to be said, also of classes that were woven in an earlier run
     */
    public record Report(int classes, int given, int written, List<Message> messages) {
        /** True if a message of that severity is among them. */
        public boolean has(Severity severity) {
            return messages.stream().anyMatch(each -> each.severity() == severity);
        }
    }

    private Weaving(ClassFiles path, String stamp) {
        this.path = path;
        this.stamp = stamp;
    }

    /**
     * Weaves what is in {@code folders}, together. If there is an error among the messages, nothing was
     * written.
     *
     * @param classPath folders and jars with what the classes use; those that are not there have no classes
     * @throws IOException if a file cannot be read or written, or is no class file
     */
    public static Report weave(Collection<Path> folders, Collection<Path> classPath, Weaver.Options options)
            throws IOException {
        try (var path = new ClassFiles(classPath)) {
            var weaving = new Weaving(path, WeaverStamp.of(options));
            for (Path each : folders) weaving.folders.add(new WeaveFolder(each));
            return weaving.run(options);
        }
    }

    private Report run(Weaver.Options options) throws IOException {
        all = folders.stream().anyMatch(this::isStale);
        for (WeaveFolder each : folders) {
            each.inputs.forEach((name, bytes) -> {
                if (all || each.changed.contains(name)) batch.putIfAbsent(name, bytes);
            });
        }
        var woven = new Weaver.Result(Map.of(), List.of());
        if (!batch.isEmpty()) woven = Weaver.weave(batch.keySet(), this::use, options);
        var known = new ArrayList<>(keptMessages());
        known.addAll(woven.messages());
        var messages = new ArrayList<>(known);
        for (WeaveFolder each : folders) {
            String unsure = each.unsure(woven.classes().keySet());
            if (unsure != null) messages.add(rebuild(unsure));
        }
        int classes = folders.stream().mapToInt(each -> each.inputs.size()).sum();
        var report = new Report(classes, batch.size(), 0, List.copyOf(messages));
        if (report.has(Severity.ERROR)) return report;
        int written = 0;
        for (WeaveFolder each : folders) written += write(each, woven.classes(), known);
        return new Report(classes, batch.size(), written, report.messages);
    }

    private static Message rebuild(String name) {
        return new Message(Severity.WARNING, name + ".class", 0, "was woven before, and what it uses was"
                + " compiled since; if a mark has changed, build clean");
    }

    /** True if what was woven then would be woven otherwise now. */
    private boolean isStale(WeaveFolder folder) {
        if (!folder.state.stamp.equals(stamp)) return true;
        return folder.state.uses.entrySet().stream()
                .anyMatch(each -> !Surface.of(input(each.getKey())).equals(each.getValue()));
    }

    /** The class as it is before it is woven, if that is known. */
    private byte[] input(String name) {
        for (WeaveFolder each : folders) {
            byte[] found = each.inputs.getOrDefault(name, each.files.get(name));
            if (found != null) return found;
        }
        return path.find(name);
    }

    /** For the weaver: a class of the batch as it is before, any other as it is now. */
    private byte[] use(String name) {
        byte[] found = batch.get(name);
        for (WeaveFolder each : folders) {
            if (found == null) found = each.files.get(name);
        }
        if (found == null) found = path.find(name);
        boolean ofJdk = name.startsWith("java/") || name.startsWith("jdk/");
        if (!ofJdk) used.computeIfAbsent(name, each -> Surface.of(input(each)));
        return found;
    }

    /** Of classes that are not woven now. */
    private List<Message> keptMessages() {
        var files = new HashSet<String>();
        batch.forEach((name, bytes) -> files.add(Sources.file(ClassFile.of().parse(bytes))));
        return folders.stream().flatMap(each -> each.state.messages.stream())
                .filter(each -> !files.contains(each.file())).distinct().toList();
    }

    private int write(WeaveFolder folder, Map<String, byte[]> woven, List<Message> messages)
            throws IOException {
        var outputs = new TreeMap<String, byte[]>();
        folder.inputs.forEach((name, bytes) -> {
            if (batch.get(name) == bytes) outputs.put(name, woven.getOrDefault(name, bytes));
        });
        var made = new TreeMap<String, String>(); // Generated classes, with their hosts.
        woven.forEach((name, bytes) -> {
            String host = batch.containsKey(name) ? null : hostOf(name);
            if (host == null || !outputs.containsKey(host)) return;
            made.put(name, host);
            outputs.put(name, bytes);
        });
        var stale = new TreeSet<String>();
        folder.hosts.forEach((name, host) -> {
            boolean orphan = !folder.files.containsKey(host);
            if (orphan || outputs.containsKey(host) && !made.containsKey(name)) stale.add(name);
        });
        next(folder, outputs, made, stale, messages).write();
        for (String each : stale) Files.delete(folder.path.resolve(each + ".class"));
        int written = 0;
        for (var each : outputs.entrySet()) {
            if (Arrays.equals(each.getValue(), folder.files.get(each.getKey()))) continue;
            Path file = folder.path.resolve(each.getKey() + ".class");
            Files.createDirectories(file.getParent());
            Files.write(file, each.getValue());
            written++;
        }
        return written;
    }

    /** The longest name in the batch: one class's name may be the start of another's. */
    private String hostOf(String generated) {
        for (int end = generated.lastIndexOf("$co$"); end > 0; end = generated.lastIndexOf("$co$", end - 1)) {
            if (batch.containsKey(generated.substring(0, end))) return generated.substring(0, end);
        }
        throw new AssertionError(generated + ": made for no class");
    }

    private WeaveState next(WeaveFolder folder, Map<String, byte[]> outputs, Map<String, String> made,
            Set<String> stale, List<Message> messages) {
        WeaveState next = folder.state.next(stamp);
        folder.state.classes.forEach((name, known) -> {
            if (folder.files.containsKey(name) && !stale.contains(name)) next.classes.put(name, known);
        });
        outputs.forEach((name, bytes) -> {
            byte[] input = folder.inputs.get(name);
            boolean same = input == null || Arrays.equals(input, bytes);
            next.classes.put(name, new Known(Surface.hash(bytes), same ? null : input,
                    made.getOrDefault(name, "")));
        });
        if (!all) next.uses.putAll(folder.state.uses);
        next.uses.putAll(used);
        messages.stream().filter(each -> each.severity() == Severity.WARNING).forEach(next.messages::add);
        return next;
    }
}
