package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells which methods are coroutine functions: by their own mark, or by that of a method they override. */
final class Marks {
    /** QEMU's three marks, and none. */
    enum Mark { COROUTINE, MIXED, NO_COROUTINE, NONE }

    private static final String PACKAGE = "Ldev/pirn/";

    private final ClassPath classes;
    private final Map<MethodRef, Mark> known = new HashMap<>();

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
            if (isAccess(method)) return ofAccessed(method);
            if (!isOverriding(method)) return Mark.NONE; // Hides those above, or has none above.
            Mark generic = ofBridges(each, method);
            if (generic != Mark.NONE) return generic;
        }
        return Mark.NONE;
    }

    /** The same, remembered. */
    Mark of(MethodRef method) {
        if (method.isOfJdk()) return Mark.NONE;
        Mark found = known.get(method);
        if (found != null) return found;
        found = of(method.owner(), method.name(), method.descriptor());
        known.put(method, found);
        return found;
    }

    /** The mark of what {@code method} overrides by a bridge: with other types, in class files. */
    private Mark ofBridges(ClassModel owner, MethodModel method) {
        if (method.flags().has(AccessFlag.BRIDGE)) return Mark.NONE;
        for (MethodModel each : owner.methods()) {
            boolean named = each.methodName().equalsString(method.methodName().stringValue());
            if (!named || !each.flags().has(AccessFlag.BRIDGE) || !leadsTo(each, owner, method)) continue;
            Mark mark = of(owner, each);
            if (mark != Mark.NONE) return mark;
        }
        return Mark.NONE;
    }

    /** Whether javac made it, so that an inner class can call what only its outer class may. */
    private static boolean isAccess(MethodModel method) {
        return method.flags().has(AccessFlag.SYNTHETIC) && method.flags().has(AccessFlag.STATIC)
                && method.methodName().stringValue().startsWith("access$");
    }

    /** The mark of what an accessor calls, if it calls something. */
    private Mark ofAccessed(MethodModel accessor) {
        for (CodeElement each : accessor.code().orElseThrow()) {
            if (each instanceof InvokeInstruction call) {
                return of(call.owner().asInternalName(), call.name().stringValue(),
                        call.type().stringValue());
            }
        }
        return Mark.NONE;
    }

    static boolean leadsTo(MethodModel bridge, ClassModel owner, MethodModel method) {
        CodeModel code = bridge.code().orElse(null);
        if (code == null) return false;
        for (CodeElement each : code) {
            boolean found = each instanceof InvokeInstruction call
                    && call.name().equalsString(method.methodName().stringValue())
                    && call.type().equalsString(method.methodType().stringValue())
                    && call.owner().asInternalName().equals(owner.thisClass().asInternalName());
            if (found) return true;
        }
        return false;
    }

    Mark of(ClassModel owner, MethodModel method) {
        return of(owner.thisClass().asInternalName(), method.methodName().stringValue(),
                method.methodType().stringValue());
    }

    /** The mark that stands at the method itself. */
    static Mark own(MethodModel method) {
        List<Mark> all = all(method);
        return all.isEmpty() ? Mark.NONE : all.getFirst();
    }

    /** The marks that stand at the method itself: none or one, if it is right. */
    static List<Mark> all(MethodModel method) {
        var marks = method.findAttribute(Attributes.runtimeInvisibleAnnotations());
        if (marks.isEmpty()) return List.of();
        var all = new ArrayList<Mark>(1);
        for (var each : marks.get().annotations()) {
            String name = each.className().stringValue();
            if (!name.startsWith(PACKAGE)) continue;
            switch (name) {
                case "Ldev/pirn/CoroutineFn;" -> all.add(Mark.COROUTINE);
                case "Ldev/pirn/MixedFn;" -> all.add(Mark.MIXED);
                case "Ldev/pirn/NoCoroutineFn;" -> all.add(Mark.NO_COROUTINE);
                default -> { }
            }
        }
        return all;
    }

    /** True if somebody says that it blocks and may. */
    static boolean mayBlock(MethodModel method) {
        return method.findAttribute(Attributes.runtimeInvisibleAnnotations()).stream()
                .flatMap(all -> all.annotations().stream())
                .anyMatch(each -> each.className().equalsString("Ldev/pirn/MayBlock;"));
    }

    static MethodModel declared(ClassModel owner, String name, String descriptor) {
        for (MethodModel each : owner.methods()) {
            boolean same = each.methodName().equalsString(name) && each.methodType().equalsString(descriptor);
            if (same) return each;
        }
        return null;
    }

    static boolean isOverriding(MethodModel method) {
        return !method.flags().has(AccessFlag.STATIC) && !method.flags().has(AccessFlag.PRIVATE)
                && !method.methodName().equalsString("<init>");
    }
}
