package dev.pirn.weaver;

import dev.pirn.weaver.Call.Kind;
import dev.pirn.weaver.Marks.Mark;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a class's methods, with what each of them calls and hands over. */
final class MethodScan {
    private static final String LAMBDAS = "java/lang/invoke/LambdaMetafactory";

    private final ClassModel model;
    private final Marks marks;
    private final String file;
    private final Map<MethodRef, CheckedMethod> methods = new LinkedHashMap<>();

    private MethodScan(ClassModel model, Marks marks) {
        this.model = model;
        this.marks = marks;
        this.file = file(model);
    }

    /** The class's methods that have code, but what the weaver made, in their order. */
    static List<CheckedMethod> of(ClassModel model, Marks marks) {
        var scan = new MethodScan(model, marks);
        for (MethodModel each : model.methods()) scan.add(each);
        scan.giveLambdasTheirMarks();
        return List.copyOf(scan.methods.values());
    }

    static String file(ClassModel model) {
        String name = model.thisClass().asInternalName();
        String folder = name.substring(0, name.lastIndexOf('/') + 1);
        return model.findAttribute(Attributes.sourceFile())
                .map(source -> folder + source.sourceFile().stringValue()).orElse(name + ".class");
    }

    /** The first line of its code, or 0. */
    static int line(MethodModel method) {
        CodeModel code = method.code().orElse(null);
        if (code == null) return 0;
        for (CodeElement each : code) {
            if (each instanceof LineNumber number) return number.line();
        }
        return 0;
    }

    private void add(MethodModel method) {
        var ref = MethodRef.of(model, method);
        boolean skipped = ref.isWoven() || ref.name().equals("$deserializeLambda$"); // Repeat other methods.
        CodeModel code = method.code().orElse(null);
        if (code == null || skipped) return;
        Mark mark = hasTwin(ref) ? Mark.COROUTINE : marks.of(model, method);
        var checked = new CheckedMethod(ref, file, line(method), mark, Marks.mayBlock(method));
        methods.put(ref, checked);
        read(code.elementList(), method.flags().has(AccessFlag.SYNCHRONIZED), checked.calls);
    }

    /** True if it was woven: of a lambda's body nothing else tells then that it is a coroutine function. */
    private boolean hasTwin(MethodRef ref) {
        String twin = ref.name() + "$co";
        return model.methods().stream().anyMatch(each -> each.methodName().equalsString(twin));
    }

    private static void read(List<CodeElement> code, boolean locked, List<Call> into) {
        int[] held = HeldMonitors.held(code);
        int line = 0;
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof LineNumber number) line = number.line();
            Call call = call(code.get(i), line, locked || held[i] > 0);
            if (call == null) continue;
            if (isSuppression(call)) dropSecondClose(into);
            into.add(call);
        }
    }

    private static boolean isSuppression(Call call) {
        return call.target().name().equals("addSuppressed")
                && call.target().owner().equals("java/lang/Throwable");
    }

    /** Try-with-resources closes in two places: where its body has ended, and where that has thrown. */
    private static void dropSecondClose(List<Call> calls) {
        if (calls.isEmpty() || !calls.getLast().target().name().equals("close")) return;
        Call second = calls.removeLast();
        boolean first = calls.stream().anyMatch(each -> each.target().equals(second.target()));
        if (!first) calls.add(second);
    }

    private static Call call(CodeElement element, int line, boolean locked) {
        return switch (element) {
            case InvokeInstruction each -> {
                boolean exact = each.opcode() == Opcode.INVOKESTATIC || each.opcode() == Opcode.INVOKESPECIAL;
                var target = new MethodRef(each.owner().asInternalName(), each.name().stringValue(),
                        each.type().stringValue());
                yield new Call(exact ? Kind.EXACT : Kind.VIRTUAL, target, line, locked, null);
            }
            case FieldInstruction each when each.opcode() == Opcode.GETSTATIC -> {
                var field = new MethodRef(each.owner().asInternalName(), each.name().stringValue(),
                        each.type().stringValue());
                yield new Call(Kind.FIELD, field, line, locked, null);
            }
            case InvokeDynamicInstruction each -> handover(each, line, locked);
            default -> null;
        };
    }

    private static Call handover(InvokeDynamicInstruction each, int line, boolean locked) {
        if (!internalName(each.bootstrapMethod().owner()).equals(LAMBDAS)) return null;
        var type = (MethodTypeDesc) each.bootstrapArgs().get(0);
        var body = (DirectMethodHandleDesc) each.bootstrapArgs().get(1);
        String owner = internalName(each.typeSymbol().returnType());
        var as = new MethodRef(owner, each.name().stringValue(), type.descriptorString());
        var target = new MethodRef(internalName(body.owner()), body.methodName(), body.lookupDescriptor());
        return new Call(Kind.HANDOVER, target, line, locked, as);
    }

    private static String internalName(ClassDesc type) {
        String descriptor = type.descriptorString();
        return descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
    }

    private void giveLambdasTheirMarks() {
        for (CheckedMethod each : new ArrayList<>(methods.values())) {
            for (Call call : each.calls) {
                if (call.kind() != Kind.HANDOVER || !call.target().isLambda()) continue;
                CheckedMethod body = methods.get(call.target());
                if (body == null) continue;
                Mark mark = marks.of(call.as());
                // Javac has two lambdas of one text share their body: the strictest mark tells most.
                if (body.as != null && mark != Mark.COROUTINE) continue;
                body.mark = mark;
                body.as = call.as();
                body.around = each;
            }
        }
    }
}
