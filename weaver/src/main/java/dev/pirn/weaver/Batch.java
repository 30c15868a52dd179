package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Classes that are woven together: which calls are sites, and what weaving brings forth. */
final class Batch {
    /**
     * What classes are woven with: the passes write stack maps themselves, from those of the plain methods.
     * The JDK's own generator would need all classes that types are merged of.
     */
    static final ClassFile CLASS_FILE = ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS);

    final ClassPath classes;
    final Marks marks;
    final boolean hybrid;
    final Map<String, byte[]> made = new LinkedHashMap<>(); // By internal name.
    final List<Message> messages = new ArrayList<>();
    final Doubts doubts = new Doubts(this);

    final Set<String> names;
    private final Predicate<String> woven;
    private final Map<String, Boolean> sites = new HashMap<>();

    /**
     * @param names the internal names of the classes that are woven
     * @param woven whether a class that is none of them gets twins all the same, elsewhere or later
     * @param hybrid whether methods that cannot be woven may be suspended otherwise
     */
    Batch(Set<String> names, Predicate<String> woven, ClassSource source, boolean hybrid) {
        this.names = names;
        this.woven = woven;
        this.hybrid = hybrid;
        classes = new ClassPath(source);
        marks = new Marks(classes);
    }

    /** Whether the call is one of a coroutine function that has a twin, or gets one in this batch. */
    boolean isSite(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        if (owner.startsWith("[") || owner.startsWith("java/")) return false;
        String name = call.name().stringValue();
        String type = call.type().stringValue();
        return isTwinned(owner, name, type, isExact(call));
    }

    private static boolean isExact(InvokeInstruction call) {
        return call.opcode() == Opcode.INVOKESTATIC || call.opcode() == Opcode.INVOKESPECIAL;
    }

    /** The class whose coroutine function the call may reach, if that is not woven; or null. */
    String unwoven(InvokeInstruction call) {
        return unwoven(call.owner().asInternalName(), call.name().stringValue(), call.type().stringValue(),
                isExact(call));
    }

    String unwoven(String owner, String name, String type, boolean exact) {
        if (isTwinned(owner, name, type, exact)) return null;
        for (ClassModel each : classes.upwards(owner)) {
            MethodModel method = Marks.declared(each, name, type);
            if (method == null) continue;
            if (marks.of(each, method) == Marks.Mark.COROUTINE) return each.thisClass().asInternalName();
            if (exact || !Marks.isOverriding(method)) return null;
        }
        return null;
    }

    /** Whether that is a coroutine function that has a twin, or gets one in this batch. */
    boolean isTwinned(String owner, String name, String type) {
        return isTwinned(owner, name, type, false);
    }

    /** @param exact whether the first method is meant that is found, not what overrides it */
    boolean isTwinned(String owner, String name, String type, boolean exact) {
        return sites.computeIfAbsent(owner + '.' + name + type + exact, _ ->
                marks.of(owner, name, type) == Marks.Mark.COROUTINE && findTwin(owner, name, type, exact));
    }

    private boolean findTwin(String owner, String name, String type, boolean exact) {
        for (ClassModel each : classes.upwards(owner)) {
            MethodModel method = Marks.declared(each, name, type);
            if (method == null) continue;
            if (hasTwin(each, method) || getsTwin(each, method)) return true;
            if (exact || !Marks.isOverriding(method)) return false;
        }
        return false;
    }

    private boolean getsTwin(ClassModel owner, MethodModel method) {
        String name = owner.thisClass().asInternalName();
        boolean now = names.contains(name) && !HostWeaver.isWoven(owner);
        // A superclass may implement an interface's method without knowing of it, and of the mark.
        return (now || woven.test(name)) && marks.of(owner, method) == Marks.Mark.COROUTINE;
    }

    /** Whether the class has a twin of its method already: written by hand, or woven before. */
    static boolean hasTwin(ClassModel owner, MethodModel method) {
        String name = Abi.twin(method.methodName().stringValue());
        return Marks.declared(owner, name, Abi.twin(method.methodTypeSymbol()).descriptorString()) != null;
    }

    /** Says something of a line of a class. */
    void report(Message.Severity severity, ClassModel host, int line, String text) {
        messages.add(new Message(severity, Sources.file(host), line, text));
    }
}
