package dev.pirn.weaver;

import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.HashSet;
import java.util.Set;

/**
 * Says where woven code comes to what may suspend and is not woven, and where that cannot be known because a
 * class is missing; once for each such class.
 */
final class Doubts {
    private final Batch batch;
    private final Set<String> said = new HashSet<>(); // Internal names.

    Doubts(Batch batch) {
        this.batch = batch;
    }

    /** Of a call that is no site. */
    void ofCall(Names caller, int line, InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        if (name.startsWith("<") || isOfJdk(owner) || WeaveFolder.hostOf(owner) != null) return;
        String calls = caller.shown() + ": calls " + Names.simple(owner) + '.' + name;
        String unwoven = batch.unwoven(call);
        if (unwoven != null) unwoven(unwoven, caller.host, line, calls);
        boolean known = batch.marks.of(owner, name, call.type().stringValue()) != Marks.Mark.NONE;
        String missing = known ? null : missing(owner);
        if (missing != null) missing(missing, caller.host, line, calls, "whether that may suspend");
    }

    /** Of what a class inherits. */
    void ofHost(ClassModel host) {
        String name = host.thisClass().asInternalName();
        String missing = missing(name);
        if (missing == null) return;
        missing(missing, host, 0, Names.simple(name) + ": inherits from " + Names.simple(missing),
                "which of its methods may suspend");
    }

    /** Of a lambda, or a method reference, that is not woven. */
    void ofLambda(ClassModel host, int line, LambdaSite site) {
        String face = Abi.internalName(site.face());
        if (isOfJdk(face)) return;
        String shown = Names.simple(host.thisClass().asInternalName());
        String makes = shown + ": makes a lambda of " + Names.simple(face);
        String missing = missing(face);
        if (missing != null) missing(missing, host, line, makes, "whether that may suspend");
        String unwoven = batch.unwoven(face, site.name(), site.method().descriptorString(), false);
        if (unwoven != null) unwoven(unwoven, host, line, makes);
    }

    /** Of the method that a woven method reference is of. */
    void ofTarget(ClassModel host, int line, LambdaSite site) {
        var target = site.target();
        String owner = Abi.internalName(target.owner());
        String unwoven = batch.unwoven(owner, target.methodName(), target.lookupDescriptor(),
                site.isExact());
        if (unwoven == null) return;
        unwoven(unwoven, host, line, Names.simple(host.thisClass().asInternalName()) + ": refers to "
                + Names.simple(owner) + '.' + target.methodName());
    }

    private void missing(String name, ClassModel host, int line, String what, String unknown) {
        say(name, host, line, what + ", but the class " + dotted(name) + " is missing, so that nobody knows "
                + unknown + "; add it to the class path");
    }

    private void unwoven(String name, ClassModel host, int line, String what) {
        say(name, host, line, what + ", a coroutine function, but " + dotted(name) + " is not woven, so that "
                + "Backend.PURE cannot suspend it; weave that too");
    }

    /** The first class at or above that one which is missing, or null. */
    private String missing(String name) {
        if (name.startsWith("[")) return null;
        if (batch.classes.find(name) == null) return name;
        return batch.classes.missingAbove(name).stream()
                .filter(each -> !isOfJdk(each)).findFirst().orElse(null);
    }

    /** The source of classes need not have the JDK's. */
    private static boolean isOfJdk(String name) {
        return name.startsWith("java/") || name.startsWith("javax/") || name.startsWith("jdk/");
    }

    private static String dotted(String name) {
        return name.replace('/', '.');
    }

    private void say(String about, ClassModel host, int line, String text) {
        if (said.add(about)) batch.report(Message.Severity.WARNING, host, line, text);
    }
}
