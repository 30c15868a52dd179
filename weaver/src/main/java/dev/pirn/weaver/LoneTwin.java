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
import java.util.ArrayList;
import java.util.List;

/**
 * The twin of a method that is not woven: it calls the plain one. Where a woven override may have called
 * it by
 * super, that is this class's and no other, or the override would run again.
 */
final class LoneTwin {
    private final Names names;

    LoneTwin(Names names) {
        this.names = names;
    }

    private boolean isGuarded() {
        return names.isGuarded() && names.method.code().isPresent();
    }

    void write(CodeBuilder code) {
        if (!isGuarded()) {
            PlainCall.write(code, names);
            return;
        }
        Label exact = code.newLabel();
        Guard.ifConsistent(code, names, exact);
        PlainCall.write(code, names);
        code.labelBinding(exact);
        PlainCall.writeExact(code, names);
        code.with(StackMapTableAttribute.of(List.of(StackMapFrameInfo.of(exact, arguments(), List.of()))));
    }

    private List<VerificationTypeInfo> arguments() {
        var infos = new ArrayList<VerificationTypeInfo>();
        for (ClassDesc each : names.entryTypes()) infos.add(info(each));
        infos.add(info(Abi.COROUTINE));
        return infos;
    }

    private static VerificationTypeInfo info(ClassDesc type) {
        return switch (TypeKind.from(type)) {
            case LONG -> SimpleVerificationTypeInfo.LONG;
            case FLOAT -> SimpleVerificationTypeInfo.FLOAT;
            case DOUBLE -> SimpleVerificationTypeInfo.DOUBLE;
            case REFERENCE -> ObjectVerificationTypeInfo.of(type);
            default -> SimpleVerificationTypeInfo.INTEGER;
        };
    }

    /** In the place of a frame class, which the method has not: what {@link Guard} calls. */
    void makeClass(Batch batch) {
        if (!isGuarded()) return;
        batch.made.put(Abi.internalName(names.frame), ClassFile.of().build(names.frame, to -> {
            to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
            Guard.write(to, names);
        }));
    }
}
