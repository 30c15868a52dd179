package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * The twin of a method that is not woven: it calls the plain one. Where a woven override may have called
 * it by {@code super}, that is this class's and no other, or the override would run again.
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
        for (ClassDesc each : names.entryTypes()) infos.add(StackMaps.ofValue(Type.of(each)));
        infos.add(StackMaps.ofValue(Type.of(Abi.COROUTINE)));
        return infos;
    }

    /** In the place of a frame class, which the method has not: what {@link Guard} calls. */
    void makeClass(Batch batch) {
        if (!isGuarded()) return;
        batch.made.put(Abi.internalName(names.frame), ClassFile.of().build(names.frame, to -> {
            to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
            String source = Sources.simple(names.host);
            if (source != null) to.with(SourceFileAttribute.of(source));
            Guard.write(to, names);
        }));
    }
}
