package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;

/** Tells which methods are coroutine functions: by their own mark, or by that of a method they override. */
final class Marks {
    /** QEMU's three marks, and none. */
    enum Mark { COROUTINE, MIXED, NO_COROUTINE, NONE }

    private static final String PACKAGE = "Ldev/pirn/";

    private final ClassPath classes;

    Marks(ClassPath classes) {
        this.classes = classes;
    }

    /**
     * The mark of what a call of {@code owner.name descriptor} may reach, as far as its static type tells.
     */
    Mark of(String owner, String name, String descriptor) {
        for (ClassModel each : classes.upwards(owner)) {
            MethodModel method = declared(each, name, descriptor);
            if (method == null) continue;
            Mark own = own(method);
            if (own != Mark.NONE) return own;
            if (!isOverriding(method)) return Mark.NONE; // Hides those above, or has none above.
        }
        return Mark.NONE;
    }

    Mark of(ClassModel owner, MethodModel method) {
        return of(owner.thisClass().asInternalName(), method.methodName().stringValue(),
                method.methodType().stringValue());
    }

    /** The mark that stands at the method itself. */
    static Mark own(MethodModel method) {
        var marks = method.findAttribute(Attributes.runtimeInvisibleAnnotations());
        if (marks.isEmpty()) return Mark.NONE;
        for (var each : marks.get().annotations()) {
            String name = each.className().stringValue();
            if (!name.startsWith(PACKAGE)) continue;
            switch (name) {
                case "Ldev/pirn/CoroutineFn;" -> { return Mark.COROUTINE; }
                case "Ldev/pirn/MixedFn;" -> { return Mark.MIXED; }
                case "Ldev/pirn/NoCoroutineFn;" -> { return Mark.NO_COROUTINE; }
                default -> { }
            }
        }
        return Mark.NONE;
    }

    static MethodModel declared(ClassModel owner, String name, String descriptor) {
        for (MethodModel each : owner.methods()) {
            boolean same = each.methodName().equalsString(name) && each.methodType().equalsString(descriptor);
            if (same) return each;
        }
        return null;
    }

    private static boolean isOverriding(MethodModel method) {
        return !method.flags().has(AccessFlag.STATIC) && !method.flags().has(AccessFlag.PRIVATE)
                && !method.methodName().equalsString("<init>");
    }
}
