package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/**
 * Has a twin run the plain method of a class that overrides it without being woven. The class of the receiver
 * is compared with the host and with the first other class that was found to be consistent; the rest is
 * looked up in what core remembers. A member of the frame class, so that the twin stays small.
 */
final class Guard {
    private static final ClassDesc CLASS_VALUE = ClassDesc.of("java.lang.ClassValue");
    private static final String OVERRIDES = "overrides";
    private static final String CONSISTENT = "consistent";
    private static final MethodTypeDesc LOOK_UP = MethodTypeDesc.of(CLASS_VALUE, ConstantDescs.CD_Class,
            ConstantDescs.CD_String, ConstantDescs.CD_String);
    private static final MethodTypeDesc OF_OBJECT =
            MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object);
    private static final MethodTypeDesc OF_CLASS =
            MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Class);
    private static final MethodTypeDesc GET_CLASS = MethodTypeDesc.of(ConstantDescs.CD_Class);
    private static final MethodTypeDesc LOADER = MethodTypeDesc.of(ClassDesc.of("java.lang.ClassLoader"));

    private Guard() { }

    /** In the twin: jumps if the receiver's class is woven as far as this method goes. */
    static void ifConsistent(CodeBuilder code, Names names, Label target) {
        code.aload(0).invokestatic(names.frame, OVERRIDES, OF_OBJECT).ifeq(target);
    }

    /** A class of its own, for a method that has no frames. */
    static byte[] alone(Names names) {
        return ClassFile.of().build(names.frame, to -> {
            to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
            String source = Sources.simple(names.host);
            if (source != null) to.with(SourceFileAttribute.of(source));
            write(to, names);
        });
    }

    /** Adds to the frame class what {@link #ifConsistent} calls. */
    static void write(ClassBuilder to, Names names) {
        ClassDesc frame = names.frame;
        int hidden = ClassFile.ACC_STATIC | ClassFile.ACC_PRIVATE;
        to.withField(OVERRIDES, CLASS_VALUE, hidden | ClassFile.ACC_FINAL);
        to.withField(CONSISTENT, ConstantDescs.CD_Class, hidden);
        to.withMethodBody(ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC,
                code -> code.loadConstant(names.self).loadConstant(names.name)
                .loadConstant(names.type.descriptorString())
                .invokestatic(Abi.SHUTTLE, "overrides$co", LOOK_UP)
                .putstatic(frame, OVERRIDES, CLASS_VALUE).return_());
        to.withMethodBody(OVERRIDES, OF_OBJECT, ClassFile.ACC_STATIC, code -> {
            Label no = code.newLabel();
            code.aload(0).invokevirtual(ConstantDescs.CD_Object, "getClass", GET_CLASS).astore(1);
            code.aload(1).loadConstant(names.self).if_acmpeq(no);
            code.aload(1).getstatic(frame, CONSISTENT, ConstantDescs.CD_Class).if_acmpeq(no);
            code.aload(1).invokestatic(frame, OVERRIDES, OF_CLASS).ireturn();
            code.labelBinding(no).iconst_0().ireturn();
        });
        to.withMethodBody(OVERRIDES, OF_CLASS, hidden, code -> lookUp(code, names));
    }

    /** Remembers the first class, of the host's loader alone: it must not keep another loader alive. */
    private static void lookUp(CodeBuilder code, Names names) {
        Label found = code.newLabel();
        code.getstatic(names.frame, OVERRIDES, CLASS_VALUE).aload(0);
        code.invokevirtual(CLASS_VALUE, "get",
                MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Class));
        code.checkcast(ConstantDescs.CD_Boolean).invokevirtual(ConstantDescs.CD_Boolean, "booleanValue",
                MethodTypeDesc.of(ConstantDescs.CD_boolean)).istore(1);
        code.iload(1).ifne(found);
        code.getstatic(names.frame, CONSISTENT, ConstantDescs.CD_Class).ifnonnull(found);
        code.aload(0).invokevirtual(ConstantDescs.CD_Class, "getClassLoader", LOADER);
        code.loadConstant(names.self).invokevirtual(ConstantDescs.CD_Class, "getClassLoader", LOADER);
        code.if_acmpne(found);
        code.aload(0).putstatic(names.frame, CONSISTENT, ConstantDescs.CD_Class);
        code.labelBinding(found).iload(1).ireturn();
    }
}
