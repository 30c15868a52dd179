package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Methods that a class inherits by one name from two interfaces, each of which has a twin for it: the JVM would
 * not choose between the two. The class gets one of its own, which calls the method.
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
            boolean isInterface = each.flags().has(AccessFlag.INTERFACE) && each != host;
            for (MethodModel method : each.methods()) {
                if (method.flags().has(AccessFlag.STATIC) || method.flags().has(AccessFlag.PRIVATE)) continue;
                if (batch.marks.of(each, method) != Marks.Mark.COROUTINE) continue;
                var signature = new Signature(method.methodName().stringValue(), method.methodType().stringValue());
                if (!isInterface) own.add(signature);
                else if (batch.isTwinned(each.thisClass().asInternalName(), signature.name, signature.type)) {
                    faces.computeIfAbsent(signature, _ -> new HashSet<>()).add(each.thisClass().asInternalName());
                }
            }
        }
        faces.forEach((signature, names) -> {
            if (!own.contains(signature) && isAmbiguous(batch, names)) found.add(signature);
        });
        found.sort(java.util.Comparator.comparing(Signature::toString));
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
            to.withMethodBody(Abi.twin(each.name), Abi.twin(type), ClassFile.ACC_PUBLIC | ClassFile.ACC_SYNTHETIC,
                    code -> {
                        code.aload(0);
                        Abi.loadArguments(code, type, 1);
                        if (inInterface) code.invokeinterface(self, each.name, type);
                        else code.invokevirtual(self, each.name, type);
                        code.return_(TypeKind.from(type.returnType()));
                    });
        }
    }
}
