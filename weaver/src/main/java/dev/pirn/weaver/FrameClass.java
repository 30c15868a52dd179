package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/** Writes the class of a method's frames. */
final class FrameClass {
    private static final ClassDesc ELEMENT = ClassDesc.of("java.lang.StackTraceElement");
    private static final MethodTypeDesc ELEMENT_INIT = MethodTypeDesc.of(ConstantDescs.CD_void,
            ConstantDescs.CD_String, ConstantDescs.CD_String, ConstantDescs.CD_String, ConstantDescs.CD_int);

    private final Plan plan;
    private final Names names;

    FrameClass(Plan plan) {
        this.plan = plan;
        names = plan.names;
    }

    byte[] bytes() {
        return ClassFile.of().build(names.frame, this::write);
    }

    private void write(ClassBuilder to) {
        to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
        to.withSuperclass(Abi.WOVEN_FRAME);
        String source = Sources.simple(plan.host());
        if (source != null) to.with(SourceFileAttribute.of(source));
        for (FrameShape.Field each : plan.shape.fields) to.withField(each.name, each.type(), 0);
        to.withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, 0, code -> code
                .aload(0).invokespecial(Abi.WOVEN_FRAME, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                .return_());
        to.withMethodBody("resume", Abi.RESUME, ClassFile.ACC_PUBLIC, this::resume);
        to.withMethodBody("where", MethodTypeDesc.of(ELEMENT), ClassFile.ACC_PUBLIC, this::where);
        if (names.isGuarded()) Guard.write(to, names);
    }

    /** Calls the resume method, and hands over what it returns. */
    private void resume(CodeBuilder code) {
        code.aload(0).aload(1);
        code.invokestatic(names.self, names.resume(), names.resumeType(), names.inInterface);
        switch (names.returns) {
            case VOID -> { }
            case REFERENCE -> {
                // Suspended again it has no result, and a null here would cost a barrier.
                Label suspended = code.newLabel();
                code.astore(2).aload(1).getfield(Abi.COROUTINE, "suspended", ConstantDescs.CD_boolean);
                code.ifne(suspended);
                code.aload(1).aload(2).putfield(Abi.COROUTINE, "value", ConstantDescs.CD_Object);
                code.labelBinding(suspended);
            }
            default -> {
                widen(code, names.returns);
                code.lstore(2).aload(1).lload(2).putfield(Abi.COROUTINE, "bits", ConstantDescs.CD_long);
            }
        }
        code.return_();
    }

    private static void widen(CodeBuilder code, TypeKind kind) {
        switch (kind) {
            case LONG -> { }
            case FLOAT -> code.invokestatic(ConstantDescs.CD_Float, "floatToRawIntBits",
                    MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_float)).i2l();
            case DOUBLE -> code.invokestatic(ConstantDescs.CD_Double, "doubleToRawLongBits",
                    MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_double));
            default -> code.i2l();
        }
    }

    private void where(CodeBuilder code) {
        code.new_(ELEMENT).dup();
        code.loadConstant(names.self.packageName().isEmpty() ? names.self.displayName()
                : names.self.packageName() + "." + names.self.displayName());
        code.loadConstant(names.name);
        String source = Sources.simple(plan.host());
        if (source == null) code.aconst_null(); else code.loadConstant(source);
        loadLine(code);
        code.invokespecial(ELEMENT, ConstantDescs.INIT_NAME, ELEMENT_INIT).areturn();
    }

    private void loadLine(CodeBuilder code) {
        List<Site> sites = plan.sites;
        Label end = code.newLabel();
        Label last = code.newLabel();
        var cases = new ArrayList<SwitchCase>();
        for (Site each : sites.subList(0, sites.size() - 1)) {
            cases.add(SwitchCase.of(each.pc(), code.newLabel()));
        }
        code.aload(0).getfield(names.frame, "pc", ConstantDescs.CD_int);
        if (cases.isEmpty()) code.pop(); else code.tableswitch(1, cases.size(), last, cases);
        for (SwitchCase each : cases) {
            code.labelBinding(each.target()).loadConstant(line(sites.get(each.caseValue() - 1))).goto_(end);
        }
        code.labelBinding(last).loadConstant(line(sites.getLast())).labelBinding(end);
    }

    /** As stack traces have it: negative if unknown. */
    private static int line(Site site) {
        return site.line() > 0 ? site.line() : -1;
    }
}
