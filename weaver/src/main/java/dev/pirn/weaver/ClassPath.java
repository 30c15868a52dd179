package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.ArrayDeque;

/** The classes that can be seen from those that are woven or checked, each parsed once. */
final class ClassPath {
    private final ClassSource source;
    private final Map<String, ClassModel> parsed = new HashMap<>(); // Null for those that are not there.
    private final Set<String> asked = new LinkedHashSet<>();
    private final Map<String, List<ClassModel>> upwards = new HashMap<>();

    ClassPath(ClassSource source) {
        this.source = source;
    }

    /**
     * The class of that internal name, or null, also if it says of itself that it has another name.
     *
     * @throws IllegalArgumentException if it is there, but no class file
     */
    ClassModel find(String name) {
        if (parsed.containsKey(name)) return parsed.get(name);
        byte[] bytes = bytes(name);
        asked.add(name);
        ClassModel model = bytes == null ? null : ClassFile.of().parse(bytes);
        if (model != null && !model.thisClass().asInternalName().equals(name)) model = null;
        parsed.put(name, model);
        return model;
    }

    /** Its class file, or null. */
    byte[] bytes(String name) {
        return name.startsWith("[") ? null : source.find(name);
    }

    boolean contains(String name) {
        return parsed.get(name) != null || bytes(name) != null;
    }

    /** All that were asked for so far, there or not. */
    Set<String> names() {
        return asked;
    }

    /**
     * The class and all above it: itself, then superclasses from near to far, then interfaces; those that can
     * be found, in the order in which the JVM looks for a method.
     */
    List<ClassModel> upwards(String name) {
        List<ClassModel> known = upwards.get(name);
        if (known == null) upwards.put(name, known = findUpwards(name));
        return known;
    }

    private List<ClassModel> findUpwards(String name) {
        var names = new LinkedHashSet<String>();
        for (String at = name; at != null && names.add(at); ) {
            ClassModel model = find(at);
            at = model == null ? null : model.superclass().map(s -> s.asInternalName()).orElse(null);
        }
        var open = new ArrayDeque<>(names);
        while (!open.isEmpty()) {
            ClassModel model = find(open.poll());
            if (model == null) continue;
            model.interfaces().forEach(each -> {
                if (names.add(each.asInternalName())) open.add(each.asInternalName());
            });
        }
        return names.stream().map(this::find).filter(model -> model != null).toList();
    }

    /** The names that {@link #upwards} went through, found or not: what is missing makes answers unsure. */
    Set<String> missingAbove(String name) {
        var missing = new LinkedHashSet<String>();
        for (ClassModel each : upwards(name)) {
            each.superclass().map(s -> s.asInternalName()).ifPresent(missing::add);
            each.interfaces().forEach(i -> missing.add(i.asInternalName()));
        }
        missing.removeIf(each -> find(each) != null);
        return missing;
    }
}
