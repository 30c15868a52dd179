package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * The class of a lambda that is a coroutine function. LambdaMetafactory makes classes with one method; these
 * have its twin too.
 */
final class LambdaClass {
    static final String MAKE = "make";

    private static final ClassDesc WOVEN = ClassDesc.of("dev.pirn.Woven");
    private static final ClassDesc SERIALIZABLE = ClassDesc.of("java.io.Serializable");
    private static final ClassDesc SERIALIZED = ClassDesc.of("java.lang.invoke.SerializedLambda");
    private static final String ONLY = "only";

    private final ClassDesc self;
    private final LambdaSite site;
    private final ClassDesc host;
    private final boolean hostIsInterface;
    private final String accessor;

    LambdaClass(ClassDesc self, LambdaSite site, ClassDesc host, boolean hostIsInterface, String accessor) {
        this.self = self;
        this.site = site;
        this.host = host;
        this.hostIsInterface = hostIsInterface;
        this.accessor = accessor;
    }

    /**
     * @param twin whether it has one
     * @param woven whether that suspends by returning
     */
    byte[] bytes(boolean twin, boolean woven, String sourceFile) {
        return Batch.CLASS_FILE.build(self, to -> {
            to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER | ClassFile.ACC_SYNTHETIC);
            to.withInterfaceSymbols(interfaces(woven));
            if (sourceFile != null) to.with(SourceFileAttribute.of(sourceFile));
            fieldsAndConstructor(to);
            make(to);
            for (MethodTypeDesc each : site.callable()) {
                method(to, site.name(), each, false);
                if (twin) method(to, Abi.twin(site.name()), each, true);
            }
            if (site.serializable()) writeReplace(to);
        });
    }

    private List<ClassDesc> interfaces(boolean woven) {
        var all = new ArrayList<ClassDesc>();
        all.add(site.face());
        all.addAll(site.markers());
        if (site.serializable()) all.add(SERIALIZABLE);
        if (woven) all.add(WOVEN);
        return all.stream().distinct().toList();
    }

    private void fieldsAndConstructor(ClassBuilder to) {
        List<ClassDesc> captures = site.captures();
        for (int i = 0; i < captures.size(); i++) {
            to.withField("c" + i, captures.get(i), ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
        }
        to.withMethodBody(ConstantDescs.INIT_NAME, constructor(), ClassFile.ACC_PRIVATE, code -> {
            code.aload(0).invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void);
            int slot = 1;
            for (int i = 0; i < captures.size(); i++) {
                TypeKind kind = TypeKind.from(captures.get(i));
                code.aload(0).loadLocal(kind, slot).putfield(self, "c" + i, captures.get(i));
                slot += kind.slotSize();
            }
            code.return_();
        });
    }

    private MethodTypeDesc constructor() {
        return site.type().changeReturnType(ConstantDescs.CD_void);
    }

    /** One that captures nothing is always the same, as LambdaMetafactory has it. */
    private void make(ClassBuilder to) {
        boolean same = site.captures().isEmpty();
        if (same) {
            to.withField(ONLY, self, ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
            to.withMethodBody(ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC,
                    code -> code.new_(self).dup()
                            .invokespecial(self, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .putstatic(self, ONLY, self).return_());
        }
        to.withMethodBody(MAKE, site.type(), ClassFile.ACC_STATIC, code -> {
            if (same) {
                code.getstatic(self, ONLY, self);
            } else {
                code.new_(self).dup();
                Abi.loadArguments(code, site.type(), 0);
                code.invokespecial(self, ConstantDescs.INIT_NAME, constructor());
            }
            code.areturn();
        });
    }

    private void method(ClassBuilder to, String name, MethodTypeDesc type, boolean twin) {
        to.withMethodBody(name, twin ? Abi.twin(type) : type, ClassFile.ACC_PUBLIC, code -> {
            loadCaptures(code);
            int slot = 1;
            for (int i = 0; i < type.parameterCount(); i++) {
                TypeKind kind = TypeKind.from(type.parameterType(i));
                code.loadLocal(kind, slot);
                slot += kind.slotSize();
                ClassDesc wanted = site.method().parameterType(i);
                Adaption.write(code, type.parameterType(i), wanted, wanted);
            }
            if (twin) code.aload(slot);
            MethodTypeDesc called = site.accessor();
            code.invokestatic(host, twin ? Abi.twin(accessor) : accessor, twin ? Abi.twin(called) : called,
                    hostIsInterface);
            ClassDesc result = called.returnType();
            Adaption.write(code, result, result, type.returnType());
            code.return_(TypeKind.from(type.returnType()));
        });
    }

    private void loadCaptures(CodeBuilder code) {
        List<ClassDesc> captures = site.captures();
        for (int i = 0; i < captures.size(); i++) {
            code.aload(0).getfield(self, "c" + i, captures.get(i));
        }
    }

    /** As LambdaMetafactory's classes write themselves: the host's $deserializeLambda$ makes it again. */
    private void writeReplace(ClassBuilder to) {
        DirectMethodHandleDesc target = site.target();
        ClassDesc string = ConstantDescs.CD_String;
        var constructor = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Class, string, string,
                string, ConstantDescs.CD_int, string, string, string, string,
                ConstantDescs.CD_Object.arrayType());
        to.withMethodBody("writeReplace", MethodTypeDesc.of(ConstantDescs.CD_Object),
                ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL, code -> {
            code.new_(SERIALIZED).dup().loadConstant(host).loadConstant(Abi.internalName(site.face()))
                    .loadConstant(site.name()).loadConstant(site.method().descriptorString())
                    .loadConstant(target.kind().refKind).loadConstant(Abi.internalName(target.owner()))
                    .loadConstant(target.methodName()).loadConstant(target.lookupDescriptor())
                    .loadConstant(site.instantiated().descriptorString());
            List<ClassDesc> captures = site.captures();
            code.loadConstant(captures.size()).anewarray(ConstantDescs.CD_Object);
            for (int i = 0; i < captures.size(); i++) {
                code.dup().loadConstant(i).aload(0).getfield(self, "c" + i, captures.get(i));
                Adaption.write(code, captures.get(i), captures.get(i), ConstantDescs.CD_Object);
                code.aastore();
            }
            code.invokespecial(SERIALIZED, ConstantDescs.INIT_NAME, constructor).areturn();
        });
    }
}
