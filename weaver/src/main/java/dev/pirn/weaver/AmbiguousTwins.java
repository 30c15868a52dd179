package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Methods that a class inherits by one name from two interfaces, each of which has a twin for it: the JVM
 * would not choose between the two. The class gets one of its own, which calls the method.
 */
final class AmbiguousTwins {
    private record Signature(String name, String type) { }

    private final ClassModel host;
    private final List<Signature> found = new ArrayList<>();

    AmbiguousTwins(Batch batch, ClassModel host) {
        this.host = host;
        if (host.interfaces().isEmpty()) return;
        Map<Signature, Set<String>> faces = new HashMap<>();
        var own = new HashSet<Signature>(); // Of classes: these win.
        for (ClassModel each : batch.classes.upwards(host.thisClass().asInternalName())) {
            String name = each.thisClass().asInternalName();
            boolean isFace = each.flags().has(AccessFlag.INTERFACE) && each != host;
            for (Signature signature : coroutineFunctions(batch, each)) {
                if (!batch.isTwinned(name, signature.name, signature.type, true)) continue;
                if (!isFace) {
                    own.add(signature);
                } else {
                    faces.computeIfAbsent(signature, _ -> new HashSet<>()).add(name);
                }
            }
        }
        faces.forEach((signature, names) -> {
            if (!own.contains(signature) && isAmbiguous(batch, names)) found.add(signature);
        });
        found.sort(Comparator.comparing(Signature::toString));
    }

    private static List<Signature> coroutineFunctions(Batch batch, ClassModel model) {
        var found = new ArrayList<Signature>();
        for (MethodModel each : model.methods()) {
            if (each.flags().has(AccessFlag.STATIC) || each.flags().has(AccessFlag.PRIVATE)) continue;
            if (batch.marks.of(model, each) != Marks.Mark.COROUTINE) continue;
            found.add(new Signature(each.methodName().stringValue(), each.methodType().stringValue()));
        }
        return found;
    }

    /** Unless one of them is below all others. */
    private static boolean isAmbiguous(Batch batch, Set<String> names) {
        if (names.size() < 2) return false;
        for (String each : names) {
            var above = new HashSet<String>();
            batch.classes.upwards(each).forEach(model -> above.add(model.thisClass().asInternalName()));
            if (above.containsAll(names)) return false;
        }
        return true;
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    void addTwins(ClassBuilder to) {
        var self = host.thisClass().asSymbol();
        boolean inInterface = host.flags().has(AccessFlag.INTERFACE);
        for (Signature each : found) {
            var type = MethodTypeDesc.ofDescriptor(each.type);
            int flags = ClassFile.ACC_PUBLIC | ClassFile.ACC_SYNTHETIC;
            to.withMethodBody(Abi.twin(each.name), Abi.twin(type), flags, code -> {
                code.aload(0);
                Abi.loadArguments(code, type, 1);
                if (inInterface) {
                    code.invokeinterface(self, each.name, type);
                } else {
                    code.invokevirtual(self, each.name, type);
                }
                code.return_(TypeKind.from(type.returnType()));
            });
        }
    }
}
