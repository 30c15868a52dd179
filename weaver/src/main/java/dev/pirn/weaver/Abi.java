package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/** What woven code and core call each other by. By name: core is woven too, so it cannot be there first. */
final class Abi {
    static final ClassDesc COROUTINE = ClassDesc.of("dev.pirn.Coroutine");
    static final ClassDesc SHUTTLE = ClassDesc.of("dev.pirn.Shuttle");
    static final ClassDesc WOVEN_FRAME = ClassDesc.of("dev.pirn.WovenFrame");
    static final MethodTypeDesc LINK = MethodTypeDesc.of(ConstantDescs.CD_void, WOVEN_FRAME);
    static final MethodTypeDesc RESUME = MethodTypeDesc.of(ConstantDescs.CD_void, COROUTINE);

    private static final String TWIN = "$co";

    private Abi() { }

    static String twin(String name) {
        return name + TWIN;
    }

    static MethodTypeDesc twin(MethodTypeDesc type) {
        return type.insertParameterTypes(type.parameterCount(), COROUTINE);
    }

    /** As it stands in constant pools: {@code dev/pirn/Coroutine}, or {@code [I}. */
    static String internalName(ClassDesc type) {
        String text = type.descriptorString();
        return type.isClassOrInterface() ? text.substring(1, text.length() - 1) : text;
    }

    /** Jumps to {@code target} if the coroutine that lies on the stack is not suspended. */
    static void ifNotSuspended(CodeBuilder code, java.lang.classfile.Label target) {
        code.getfield(COROUTINE, "suspended", ConstantDescs.CD_boolean).ifeq(target);
    }

    /** Returns a value that nobody looks at. */
    static void returnNothing(CodeBuilder code, TypeKind kind) {
        switch (kind.asLoadable()) {
            case LONG -> code.lconst_0();
            case FLOAT -> code.fconst_0();
            case DOUBLE -> code.dconst_0();
            case REFERENCE -> code.aconst_null();
            case INT -> code.iconst_0();
            default -> { }
        }
        code.return_(kind);
    }

    /** Loads the arguments of a method, the first of which lies in {@code slot}. */
    static void loadArguments(CodeBuilder code, MethodTypeDesc type, int slot) {
        int at = slot;
        for (ClassDesc each : type.parameterList()) {
            TypeKind kind = TypeKind.from(each);
            code.loadLocal(kind, at);
            at += kind.slotSize();
        }
    }

    static int slots(MethodTypeDesc type) {
        int slots = 0;
        for (ClassDesc each : type.parameterList()) slots += TypeKind.from(each).slotSize();
        return slots;
    }
}
