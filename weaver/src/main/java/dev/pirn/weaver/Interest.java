package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.constant.ClassDesc;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells fast of most classes that there is nothing to weave in them: they name nothing of Pirn, nor do the
 * types that they extend or that their lambdas are of. For the agent, which is asked about every class.
 */
final class Interest {
    private final ClassSource source;
    private final Map<String, Boolean> known = new ConcurrentHashMap<>();

    Interest(ClassSource source) {
        this.source = source;
    }

    boolean in(String name, byte[] bytes) {
        Boolean answer = known.get(name);
        if (answer == null) known.put(name, answer = in(ClassFile.of().parse(bytes)));
        return answer;
    }

    private boolean in(String name) {
        if (name.startsWith("java/") || name.startsWith("[")) return false;
        Boolean answer = known.get(name);
        if (answer != null) return answer;
        known.put(name, false); // For types that extend each other in a circle, which the JVM will refuse.
        byte[] bytes = source.find(name);
        boolean found = bytes != null && in(ClassFile.of().parse(bytes));
        known.put(name, found);
        return found;
    }

    private boolean in(ClassModel model) {
        for (PoolEntry each : model.constantPool()) {
            if (each instanceof Utf8Entry text && text.stringValue().contains("dev/pirn/")) return true;
        }
        if (model.superclass().isPresent() && in(model.superclass().get().asInternalName())) return true;
        if (model.interfaces().stream().anyMatch(each -> in(each.asInternalName()))) return true;
        for (PoolEntry each : model.constantPool()) {
            if (each instanceof InvokeDynamicEntry lambda && isOfInterest(lambda)) return true;
        }
        return false;
    }

    private boolean isOfInterest(InvokeDynamicEntry lambda) {
        ClassDesc made = lambda.typeSymbol().returnType();
        return made.isClassOrInterface() && in(Abi.internalName(made));
    }
}
