package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;

/** The names of source files. */
final class Sources {
    private Sources() { }

    /** As in {@code dev/pirn/Echo.java}; the class file's name if it does not tell its source. */
    static String file(ClassModel model) {
        String name = model.thisClass().asInternalName();
        String simple = simple(model);
        if (simple == null) return name + ".class";
        return name.substring(0, name.lastIndexOf('/') + 1) + simple;
    }

    /** As in {@code Echo.java}, or null. */
    static String simple(ClassModel model) {
        try {
            return model.findAttribute(Attributes.sourceFile())
                    .map(source -> source.sourceFile().stringValue()).orElse(null);
        } catch (IllegalArgumentException e) {
            return null; // It is asked for to say what else is wrong with the class file.
        }
    }
}
