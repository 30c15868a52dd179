package dev.pirn.weavertest;

import java.lang.classfile.Annotation;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Marks every method of some classes that may reach a yield, as a person would who adopts them. */
final class Marking {
    private static final ClassDesc MARK = ClassDesc.of("dev.pirn.CoroutineFn");

    private final Map<String, ClassModel> models = new HashMap<>();
    private final Set<String> marked = new HashSet<>(Set.of("dev/pirn/Coroutine.yield()V"));

    private Marking(Map<String, byte[]> classes) {
        classes.forEach((name, bytes) -> models.put(name, ClassFile.of().parse(bytes)));
    }

    /** The classes with marks, by internal name. */
    static Map<String, byte[]> mark(Map<String, byte[]> classes) {
        var marking = new Marking(classes);
        int before;
        do {
            before = marking.marked.size();
            marking.models.values().forEach(marking::follow);
        } while (marking.marked.size() > before);
        var all = new TreeMap<>(classes);
        marking.models.forEach((name, model) -> all.put(name, marking.annotated(model)));
        return all;
    }

    private void follow(ClassModel owner) {
        for (MethodModel method : owner.methods()) {
            String own = key(owner, method);
            if (marked.contains(own) || method.code().isEmpty()) continue;
            for (CodeElement each : method.code().get()) {
                if (each instanceof InvokeInstruction call && isMarked(call.owner().asInternalName(),
                        call.name().stringValue() + call.type().stringValue())) mark(owner, method);
                if (each instanceof InvokeDynamicInstruction lambda) followLambda(lambda);
            }
        }
    }

    /** Marks what a lambda or reference implements, if what it runs is marked. */
    private void followLambda(InvokeDynamicInstruction lambda) {
        var arguments = lambda.bootstrapArgs();
        boolean runs = arguments.size() > 2 && arguments.get(1) instanceof DirectMethodHandleDesc body
                && isMarked(internal(body.owner()), body.methodName() + body.lookupDescriptor());
        String type = internal(lambda.typeSymbol().returnType());
        if (!runs || !models.containsKey(type)) return;
        var erased = (MethodTypeDesc) arguments.getFirst();
        String signature = lambda.name().stringValue() + erased.descriptorString();
        for (ClassModel each : upwards(type)) marked.add(each.thisClass().asInternalName() + "." + signature);
    }

    /** With what it overrides, whose callers reach it. */
    private void mark(ClassModel owner, MethodModel method) {
        String name = method.methodName().stringValue();
        if (name.startsWith("<")) return; // It parses a text of its own, which is there.
        String signature = name + method.methodType().stringValue();
        for (ClassModel each : upwards(owner.thisClass().asInternalName())) {
            if (declares(each, signature)) marked.add(each.thisClass().asInternalName() + "." + signature);
        }
    }

    private boolean isMarked(String owner, String signature) {
        if (marked.contains(owner + "." + signature)) return true;
        return upwards(owner).stream().map(each -> each.thisClass().asInternalName() + "." + signature)
                .anyMatch(marked::contains);
    }

    /** The class and its supertypes, of those that are ours. */
    private List<ClassModel> upwards(String name) {
        var all = new ArrayList<ClassModel>();
        ClassModel model = models.get(name);
        if (model == null) return all;
        all.add(model);
        model.superclass().ifPresent(each -> all.addAll(upwards(each.asInternalName())));
        model.interfaces().forEach(each -> all.addAll(upwards(each.asInternalName())));
        return all;
    }

    private byte[] annotated(ClassModel model) {
        MethodTransform add = MethodTransform.dropping(RuntimeInvisibleAnnotationsAttribute.class::isInstance)
                .andThen(MethodTransform.endHandler(to ->
                        to.with(RuntimeInvisibleAnnotationsAttribute.of(Annotation.of(MARK)))));
        return ClassFile.of().transformClass(model,
                ClassTransform.transformingMethods(method -> marked.contains(key(model, method)), add));
    }

    /** How many methods of {@code classes} have a mark of their own. */
    static long count(Map<String, byte[]> classes) {
        return classes.values().stream().flatMap(each -> ClassFile.of().parse(each).methods().stream())
                .flatMap(each -> each.findAttribute(Attributes.runtimeInvisibleAnnotations()).stream())
                .filter(each -> each.annotations().contains(Annotation.of(MARK))).count();
    }

    private static boolean declares(ClassModel owner, String signature) {
        return owner.methods().stream()
                .anyMatch(each -> (each.methodName().stringValue() + each.methodType().stringValue())
                        .equals(signature));
    }

    private static String key(ClassModel owner, MethodModel method) {
        return owner.thisClass().asInternalName() + "." + method.methodName().stringValue()
                + method.methodType().stringValue();
    }

    private static String internal(ClassDesc type) {
        String text = type.descriptorString();
        return text.startsWith("L") ? text.substring(1, text.length() - 1) : text;
    }
}
