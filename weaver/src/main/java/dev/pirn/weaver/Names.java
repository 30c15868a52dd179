package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/** What the forms of a marked method are called, and which types and flags they have. */
final class Names {
    final ClassModel host;
    final MethodModel method;
    final ClassDesc self;
    final String name;
    final MethodTypeDesc type;
    final ClassDesc frame;
    final boolean isStatic;
    final boolean inInterface;
    final TypeKind returns;
    final boolean lambdaBody;

    Names(ClassModel host, MethodModel method, boolean lambdaBody) {
        this.host = host;
        this.method = method;
        this.lambdaBody = lambdaBody;
        self = host.thisClass().asSymbol();
        name = method.methodName().stringValue();
        type = method.methodTypeSymbol();
        isStatic = method.flags().has(AccessFlag.STATIC);
        inInterface = host.flags().has(AccessFlag.INTERFACE);
        returns = TypeKind.from(type.returnType());
        frame = ClassDesc.ofInternalName(Abi.internalName(self) + "$co$" + name + "$" + number());
    }

    /** Which of the host's methods of that name it is: the same whenever the source is. */
    private int number() {
        int number = 0;
        for (MethodModel each : host.methods()) {
            if (each == method || each.methodType().equals(method.methodType())
                    && each.methodName().equals(method.methodName())) return number;
            if (each.methodName().equals(method.methodName())) number++;
        }
        throw new IllegalArgumentException(name + " is no method of " + self);
    }

    /** The types of what lies in the first slots: the receiver, if any, and the arguments. */
    List<ClassDesc> entryTypes() {
        var types = new ArrayList<>(type.parameterList());
        if (!isStatic) types.addFirst(self);
        return types;
    }

    int argumentSlots() {
        return Abi.slots(type) + (isStatic ? 0 : 1);
    }

    String twin() {
        return Abi.twin(name);
    }

    /** That of the twin: the coroutine comes last, and the receiver of a lambda body first. */
    MethodTypeDesc twinType() {
        return Abi.twin(lambdaBody ? MethodTypeDesc.of(type.returnType(), entryTypes()) : type);
    }

    int twinFlags() {
        if (lambdaBody) return hidden();
        int dropped = ClassFile.ACC_SYNCHRONIZED | ClassFile.ACC_BRIDGE | ClassFile.ACC_VARARGS
                | ClassFile.ACC_ABSTRACT | ClassFile.ACC_NATIVE | ClassFile.ACC_STRICT;
        return method.flags().flagsMask() & ~dropped | ClassFile.ACC_SYNTHETIC;
    }

    String resume() {
        return name + "$r";
    }

    MethodTypeDesc resumeType() {
        return MethodTypeDesc.of(type.returnType(), frame, Abi.COROUTINE);
    }

    /** Static, for classes of this package; methods of interfaces can only be public or private. */
    int hidden() {
        return ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC | (inInterface ? ClassFile.ACC_PUBLIC : 0);
    }

    boolean isConstructor() {
        return name.startsWith("<");
    }

    /** Whether a class that is not woven may override the method. */
    boolean isGuarded() {
        return !lambdaBody && !isStatic && !method.flags().has(AccessFlag.PRIVATE)
                && !method.flags().has(AccessFlag.FINAL) && !host.flags().has(AccessFlag.FINAL);
    }

    /** As people write it: {@code Echo.serve}. */
    String shown() {
        return simple(Abi.internalName(self)) + "." + name;
    }

    String callee(InvokeInstruction call) {
        return simple(call.owner().asInternalName()) + "." + call.name().stringValue();
    }

    /** A class as people name it: {@code Echo}. */
    static String simple(String internalName) {
        return internalName.substring(internalName.lastIndexOf('/') + 1).replace('$', '.');
    }
}
