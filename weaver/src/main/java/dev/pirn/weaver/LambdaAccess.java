package dev.pirn.weaver;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/**
 * Static methods of a host by which the classes of its lambdas call the bodies. Bodies are private; to open
 * them would let a subclass override them by accident.
 */
final class LambdaAccess {
    private LambdaAccess() { }

    /** Adds the one that calls the target, with arguments and result as the interface has them. */
    static void plain(ClassBuilder to, LambdaSite site, String name, int flags) {
        to.withMethodBody(name, site.accessor(), flags, code -> {
            boolean isNew = site.target().kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR;
            if (isNew) code.new_(site.target().owner()).dup();
            arguments(code, site, site.called());
            invoke(code, site.target());
            ClassDesc result = site.called().returnType();
            ClassDesc wanted = site.method().returnType();
            Adaption.write(code, result, result, wanted);
            code.return_(TypeKind.from(wanted));
        });
    }

    /**
     * Adds the one that calls the target's twin and returns what that returns, suspended or not: it needs no
     * frame, for it has nothing left to do.
     *
     * @param lambdaBody whether the twin is static and takes the receiver first
     */
    static void twin(ClassBuilder to, LambdaSite site, String name, int flags, boolean lambdaBody) {
        to.withMethodBody(Abi.twin(name), Abi.twin(site.accessor()), flags, code -> {
            arguments(code, site, site.called());
            code.aload(Abi.slots(site.accessor()));
            DirectMethodHandleDesc target = site.target();
            String twin = Abi.twin(target.methodName());
            if (lambdaBody) {
                code.invokestatic(target.owner(), twin, Abi.twin(site.called()), target.isOwnerInterface());
            } else {
                invoke(code, target, twin, Abi.twin(MethodTypeDesc.ofDescriptor(target.lookupDescriptor())));
            }
            ClassDesc result = site.called().returnType();
            ClassDesc wanted = site.method().returnType();
            // A reference that comes suspended is null: no cast fails.
            Adaption.write(code, result, result, wanted);
            code.return_(TypeKind.from(wanted));
        });
    }

    private static void arguments(CodeBuilder code, LambdaSite site, MethodTypeDesc called) {
        List<ClassDesc> given = site.accessor().parameterList();
        int captured = site.captures().size();
        int slot = 0;
        for (int i = 0; i < given.size(); i++) {
            TypeKind kind = TypeKind.from(given.get(i));
            code.loadLocal(kind, slot);
            slot += kind.slotSize();
            ClassDesc known = i < captured ? given.get(i) : site.instantiated().parameterType(i - captured);
            Adaption.write(code, given.get(i), known, called.parameterType(i));
        }
    }

    private static void invoke(CodeBuilder code, DirectMethodHandleDesc target) {
        invoke(code, target, target.methodName(), MethodTypeDesc.ofDescriptor(target.lookupDescriptor()));
    }

    private static void invoke(CodeBuilder code, DirectMethodHandleDesc target, String name,
            MethodTypeDesc type) {
        ClassDesc owner = target.owner();
        boolean inInterface = target.isOwnerInterface();
        switch (target.kind()) {
            case STATIC, INTERFACE_STATIC -> code.invokestatic(owner, name, type, inInterface);
            case VIRTUAL -> code.invokevirtual(owner, name, type);
            case INTERFACE_VIRTUAL -> code.invokeinterface(owner, name, type);
            case SPECIAL, INTERFACE_SPECIAL -> code.invokespecial(owner, name, type, inInterface);
            case CONSTRUCTOR -> code.invokespecial(owner, ConstantDescs.INIT_NAME,
                    type.changeReturnType(ConstantDescs.CD_void), false);
            default -> throw new IllegalArgumentException("a lambda of a " + target.kind());
        }
    }

    /** For classes of the package; methods of interfaces can only be public or private. */
    static int flags(boolean inInterface) {
        return ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC | (inInterface ? ClassFile.ACC_PUBLIC : 0);
    }
}
