package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds to a class what a marked method is called by and goes on in.
 * <pre>
 *   Body ─▶ Types, Liveness, Monitors, Reach ─▶ Plan: sites, what is live at them, the frame's fields
 *   Plan ─▶ FormWriter ─▶ foo$co (twin), foo$r (resume method)
 *        └▶ FrameClass ─▶ Host$co$foo$N
 * </pre>
 *
 * <p>To be used while the host is built, once for each marked method that has no twin yet, with
 * {@link Batch#CLASS_FILE} and the constant pool of the host, and plain methods passed on as they are:
 * {@snippet :
 * var weaver = new MethodWeaver(batch, host, method, lambdaBody); // Analyses; may report.
 * weaver.weave(classBuilder);                                    // Adds; the frame class to batch.made.
 * }
 */
final class MethodWeaver {
    private final Batch batch;
    final Names names;
    private final LoneTwin lone;
    private final Bridge bridge; // Null if it is none.
    private final Plan plan; // Null if the twin calls the plain method, or is that of a bridge.
    private final boolean refused; // Then there is no twin, but under hybrid.

    /**
     * @param lambdaBody whether the method is the body of a lambda: then its twin is static, its receiver, if
     *     any, the first argument, and open to the package
     */
    MethodWeaver(Batch batch, ClassModel host, MethodModel method, boolean lambdaBody) {
        this.batch = batch;
        names = new Names(host, method, lambdaBody);
        lone = new LoneTwin(names);
        Body body = method.code().isEmpty() ? null : new Body(method);
        List<Integer> sites = body == null ? List.of() : sites(body);
        bridge = body == null ? null : Bridge.of(body, sites);
        Plan made = null;
        boolean failed = false;
        try {
            if (bridge == null && !sites.isEmpty()) made = plan(body, sites);
        } catch (Refusal refusal) {
            failed = true;
            report(refusal);
        }
        plan = made;
        refused = failed;
    }

    /** Adds the twin and, if the method has sites, the resume method and the frame class. */
    void weave(ClassBuilder to) {
        if (refused && !batch.hybrid || names.isConstructor()) return;
        if (plan == null) {
            if (bridge == null) lone.makeClass(batch);
            to.withMethodBody(names.twin(), names.twinType(), names.twinFlags(),
                    this::writeTwinAlone);
            return;
        }
        write(to, plan);
        batch.made.put(Abi.internalName(names.frame), new FrameClass(plan).bytes());
    }

    private void writeTwinAlone(CodeBuilder code) {
        if (bridge == null) lone.write(code); else bridge.write(code, names.argumentSlots());
    }

    private static void write(ClassBuilder to, Plan plan) {
        Names names = plan.names;
        to.withMethod(names.twin(), names.twinType(), names.twinFlags(), method -> {
            names.method.findAttribute(Attributes.exceptions()).ifPresent(method::with);
            method.withCode(code -> FormWriter.twin(code, plan));
        });
        to.withMethodBody(names.resume(), names.resumeType(), names.hidden(),
                code -> FormWriter.resume(code, plan));
    }

    private Plan plan(Body body, List<Integer> sites) throws Refusal {
        int line = body.line(sites.getFirst());
        String callee = names.callee((InvokeInstruction) body.get(sites.getFirst()));
        if (names.isConstructor()) {
            throw new Refusal(line, "calls " + callee + ", which may suspend, but the JVM lets no "
                    + "constructor or initialiser be left and entered again; do it in a static method that "
                    + "makes the object");
        }
        if (names.method.flags().has(AccessFlag.SYNCHRONIZED)) {
            throw new Refusal(line, "is synchronized and calls " + callee + ", which may suspend while the "
                    + "monitor is held, which belongs to the thread; guard the data by a lock that belongs "
                    + "to the coroutine");
        }
        if (names.host.majorVersion() < ClassFile.JAVA_7_VERSION) {
            throw new Refusal(line, "is in a class file of version " + names.host.majorVersion()
                    + ", which needs no stack map; compile it for Java 7 (version 51) or later");
        }
        var made = new Plan(names, body, sites);
        if (made.sites.isEmpty()) return null;
        if (made.mayBeTooLarge()) tryToWrite(made);
        return made;
    }

    /** Writes it to nowhere: only the bytes tell how many there are. */
    private void tryToWrite(Plan made) throws Refusal {
        try {
            Batch.CLASS_FILE.build(names.self, to -> write(to, made));
        } catch (IllegalArgumentException e) {
            int plain = ((CodeAttribute) names.method.code().orElseThrow()).codeLength();
            int line = made.body.line(made.body.instructionFrom(0));
            throw new Refusal(line, "has " + plain + " bytes of code and " + made.sites.size()
                    + " calls that may suspend: woven it would exceed the JVM's limit of " + Sizes.CODE_MAX
                    + " bytes (" + e.getMessage() + "); split it into several methods");
        }
    }

    private List<Integer> sites(Body body) {
        var sites = new ArrayList<Integer>();
        for (int i = 0; i < body.size(); i++) {
            if (!(body.get(i) instanceof InvokeInstruction call)) continue;
            if (batch.isSite(call)) {
                sites.add(i);
            } else {
                batch.doubts.ofCall(names, body.line(i), call);
            }
        }
        return sites;
    }

    private void report(Refusal refusal) {
        var severity = batch.hybrid ? Message.Severity.WARNING : Message.Severity.ERROR;
        batch.report(severity, names.host, refusal.line, names.shown() + ": " + refusal.getMessage());
    }
}
