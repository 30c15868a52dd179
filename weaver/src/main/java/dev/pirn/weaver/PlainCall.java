package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/** Writes the call of the plain method with the twin's arguments, and returns its result. */
final class PlainCall {
    private PlainCall() { }

    /**
     * Of this very method: a woven one that overrides it may have called by {@code super}, and is not to run
     * again. But of one that overrides it without being woven.
     */
    static void guarded(CodeBuilder code, Names names) {
        Label woven = code.newLabel();
        Guard.ifConsistent(code, names, woven);
        write(code, names);
        code.labelBinding(woven).aload(0);
        Abi.loadArguments(code, names.type, 1);
        code.invokespecial(names.self, names.name, names.type, names.inInterface).return_(names.returns);
        var locals = new ArrayList<VerificationTypeInfo>();
        for (ClassDesc each : names.entryTypes()) locals.add(StackMaps.ofValue(Type.of(each)));
        locals.add(StackMaps.ofValue(Type.of(Abi.COROUTINE)));
        code.with(StackMapTableAttribute.of(List.of(StackMapFrameInfo.of(woven, locals, List.of()))));
    }

    static void write(CodeBuilder code, Names names) {
        if (!names.isStatic) code.aload(0);
        Abi.loadArguments(code, names.type, names.isStatic ? 0 : 1);
        boolean isPrivate = names.method.flags().has(AccessFlag.PRIVATE);
        if (names.isStatic) {
            code.invokestatic(names.self, names.name, names.type, names.inInterface);
        } else if (isPrivate) {
            code.invokespecial(names.self, names.name, names.type, names.inInterface);
        } else if (names.inInterface) {
            code.invokeinterface(names.self, names.name, names.type);
        } else {
            code.invokevirtual(names.self, names.name, names.type);
        }
        code.return_(names.returns);
    }
}
