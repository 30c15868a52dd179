package dev.pirn.weaver;

import dev.pirn.weaver.WeaveState.Known;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder of classes, as it is found before it is woven.
 * <pre>
 *   class file ── made by the weaver? ─▶ hosts    with the class that it was made for
 *              ── as it was left? ─────▶ inputs   the original, or the file where that was not changed
 *              ── woven elsewhere? ────▶ foreign  left alone
 *              └─ else ────────────────▶ inputs and changed
 * </pre>
 */
final class WeaveFolder {
    final Path path;
    final WeaveState state;
    /** What is there, by internal name. */
    final Map<String, byte[]> files = new TreeMap<>();
    /** What can be woven: not woven yet, or known from before that. */
    final Map<String, byte[]> inputs = new TreeMap<>();
    final Set<String> changed = new TreeSet<>();
    /** Whom each generated class was made for. */
    final Map<String, String> hosts = new HashMap<>();
    private final Set<String> foreign = new TreeSet<>();

    WeaveFolder(Path path) throws IOException {
        this.path = path;
        state = WeaveState.of(path);
        for (String name : names(path)) {
            files.put(name, Files.readAllBytes(path.resolve(name + ".class")));
        }
        for (String name : files.keySet()) sort(name);
        hosts.forEach((generated, host) -> {
            if (!isAsLeft(generated)) addIfInput(host);
        });
        state.classes.forEach((name, known) -> {
            if (!known.host().isEmpty() && !files.containsKey(name)) addIfInput(known.host());
        });
    }

    /** The internal names of the class files below a folder; not those of other versions than the oldest. */
    static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            var names = new TreeSet<String>();
            all.map(each -> folder.relativize(each).toString().replace('\\', '/'))
                    .filter(each -> each.endsWith(".class") && !each.endsWith("module-info.class")
                            && !each.endsWith("package-info.class") && !each.startsWith("META-INF/"))
                    .forEach(each -> names.add(each.substring(0, each.length() - ".class".length())));
            return names;
        } catch (NoSuchFileException e) {
            throw new IOException(folder + ": no such folder", e);
        }
    }

    private void sort(String name) throws IOException {
        Known known = state.classes.get(name);
        if (known != null && isAsLeft(name)) {
            if (!known.host().isEmpty()) {
                hosts.put(name, known.host());
            } else {
                inputs.put(name, known.original() == null ? files.get(name) : known.original());
            }
            return;
        }
        ClassModel model = parse(name);
        String host = hostOf(name);
        if (host != null && model.flags().has(AccessFlag.SYNTHETIC)) {
            hosts.put(name, host);
        } else if (HostWeaver.isWoven(model)) {
            foreign.add(name);
        } else {
            inputs.put(name, files.get(name));
            changed.add(name);
        }
    }

    private ClassModel parse(String name) throws IOException {
        try {
            return ClassFile.of().parse(files.get(name));
        } catch (IllegalArgumentException e) {
            throw new IOException(path.resolve(name + ".class") + ": no class file: " + e.getMessage(), e);
        }
    }

    /** Whom a class was made for by its name, or null. The host itself may be gone. */
    static String hostOf(String name) {
        int end = name.indexOf("$co$");
        return end < 0 ? null : name.substring(0, end);
    }

    private boolean isAsLeft(String name) {
        Known known = state.classes.get(name);
        return known != null && known.hash().equals(Surface.hash(files.get(name)));
    }

    private void addIfInput(String name) {
        if (inputs.containsKey(name)) changed.add(name);
    }

    /**
     * A class that was woven elsewhere and uses one of {@code woven}, or null. Whether that matters cannot be
     * told: what it was before it was woven is not known.
     */
    String unsure(Set<String> woven) throws IOException {
        for (String each : foreign) {
            for (var entry : parse(each).constantPool()) {
                if (entry instanceof ClassEntry used && woven.contains(used.asInternalName())) return each;
            }
        }
        return null;
    }
}
