package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.ObjectVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.SimpleVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the twin of a method that suspends nowhere: it calls the host's own plain method, also where the
 * twin was called by {@code super}, unless a class that is not woven overrides that.
 */
final class OwnCall {
    private static final ClassDesc CLASS_VALUE = ClassDesc.of("java.lang.ClassValue");
    private static final MethodTypeDesc OVERRIDES = MethodTypeDesc.of(CLASS_VALUE, ConstantDescs.CD_Class,
            ConstantDescs.CD_String, ConstantDescs.CD_String);
    private static final MethodTypeDesc GET =
            MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Class);
    private static final MethodTypeDesc GET_CLASS = MethodTypeDesc.of(ConstantDescs.CD_Class);

    private OwnCall() { }

    static void write(CodeBuilder code, Names names) {
        if (!isOpen(names)) {
            PlainCall.write(code, names);
            return;
        }
        Label own = code.newLabel();
        if (!names.inInterface) {
            code.aload(0).invokevirtual(ConstantDescs.CD_Object, "getClass", GET_CLASS);
            code.loadConstant(names.self).if_acmpeq(own);
        }
        if (needsHolder(names)) Guard.ifConsistent(code, names, own); else ifConsistent(code, names, own);
        PlainCall.write(code, names);
        code.labelBinding(own).aload(0);
        Abi.loadArguments(code, names.type, 1);
        code.invokespecial(names.self, names.name, names.type, names.inInterface).return_(names.returns);
        code.with(StackMapTableAttribute.of(List.of(StackMapFrameInfo.of(own, locals(names), List.of()))));
    }

    private static boolean isOpen(Names names) {
        return names.isGuarded() && !names.method.flags().has(AccessFlag.ABSTRACT);
    }

    /** Whether what is known of overriding classes needs a class: before Java 11 no constant can hold it. */
    static boolean needsHolder(Names names) {
        return isOpen(names) && names.host.majorVersion() < ClassFile.JAVA_11_VERSION;
    }

    static byte[] holder(Names names) {
        return ClassFile.of().build(names.frame, to -> {
            to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
            Guard.write(to, names);
        });
    }

    private static void ifConsistent(CodeBuilder code, Names names, Label target) {
        var lookUp = MethodHandleDesc.ofMethod(DirectMethodHandleDesc.Kind.STATIC, Abi.SHUTTLE,
                "overrides$co", OVERRIDES);
        code.loadConstant(DynamicConstantDesc.ofNamed(ConstantDescs.BSM_INVOKE, "overrides", CLASS_VALUE,
                lookUp, names.self, names.name, names.type.descriptorString()));
        code.aload(0).invokevirtual(ConstantDescs.CD_Object, "getClass", GET_CLASS);
        code.invokevirtual(CLASS_VALUE, "get", GET);
        code.checkcast(ConstantDescs.CD_Boolean).invokevirtual(ConstantDescs.CD_Boolean, "booleanValue",
                MethodTypeDesc.of(ConstantDescs.CD_boolean)).ifeq(target);
    }

    private static List<VerificationTypeInfo> locals(Names names) {
        var locals = new ArrayList<VerificationTypeInfo>();
        for (ClassDesc each : names.entryTypes()) locals.add(info(each));
        locals.add(ObjectVerificationTypeInfo.of(Abi.COROUTINE));
        return locals;
    }

    private static VerificationTypeInfo info(ClassDesc type) {
        return switch (TypeKind.from(type).asLoadable()) {
            case LONG -> SimpleVerificationTypeInfo.LONG;
            case FLOAT -> SimpleVerificationTypeInfo.FLOAT;
            case DOUBLE -> SimpleVerificationTypeInfo.DOUBLE;
            case REFERENCE -> ObjectVerificationTypeInfo.of(type);
            default -> SimpleVerificationTypeInfo.INTEGER;
        };
    }
}
