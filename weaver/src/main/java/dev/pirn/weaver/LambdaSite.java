package dev.pirn.weaver;

import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A lambda or method reference in the form that javac gives it: what LambdaMetafactory is told.
 *
 * @param type what is captured, and the interface
 * @param name of the interface's method
 * @param method the type of that method, erased
 * @param target what is called in the end
 * @param instantiated the type of that method with the type arguments that hold here
 * @param markers other interfaces
 * @param bridges other types under which the method may be called
 */
record LambdaSite(MethodTypeDesc type, String name, MethodTypeDesc method, DirectMethodHandleDesc target,
        MethodTypeDesc instantiated, boolean serializable, List<ClassDesc> markers,
        List<MethodTypeDesc> bridges) {
    private static final ClassDesc FACTORY = ClassDesc.of("java.lang.invoke.LambdaMetafactory");

    // LambdaMetafactory.FLAG_…
    private static final int SERIALIZABLE = 1;
    private static final int MARKERS = 2;
    private static final int BRIDGES = 4;

    /** The lambda that the instruction makes, if it makes one. */
    static Optional<LambdaSite> of(InvokeDynamicInstruction instruction) {
        DirectMethodHandleDesc bootstrap = instruction.bootstrapMethod();
        if (!bootstrap.owner().equals(FACTORY)) return Optional.empty();
        List<ConstantDesc> arguments = instruction.bootstrapArgs();
        var markers = new ArrayList<ClassDesc>();
        var bridges = new ArrayList<MethodTypeDesc>();
        int flags = 0;
        if (bootstrap.methodName().equals("altMetafactory")) {
            flags = (Integer) arguments.get(3);
            int next = 4;
            if ((flags & MARKERS) != 0) {
                for (int left = (Integer) arguments.get(next++); left > 0; left--) {
                    markers.add((ClassDesc) arguments.get(next++));
                }
            }
            if ((flags & BRIDGES) != 0) {
                for (int left = (Integer) arguments.get(next++); left > 0; left--) {
                    bridges.add((MethodTypeDesc) arguments.get(next++));
                }
            }
        }
        return Optional.of(new LambdaSite(instruction.typeSymbol(), instruction.name().stringValue(),
                (MethodTypeDesc) arguments.get(0), (DirectMethodHandleDesc) arguments.get(1),
                (MethodTypeDesc) arguments.get(2), (flags & SERIALIZABLE) != 0, List.copyOf(markers),
                List.copyOf(bridges)));
    }

    ClassDesc face() {
        return type.returnType();
    }

    List<ClassDesc> captures() {
        return type.parameterList();
    }

    /** All types under which the method may be called, its own first. */
    List<MethodTypeDesc> callable() {
        var all = new ArrayList<MethodTypeDesc>();
        all.add(method);
        for (MethodTypeDesc each : bridges) {
            if (!all.contains(each)) all.add(each);
        }
        return all;
    }

    /** The type of the method that the target is called by: what is captured, then the arguments. */
    MethodTypeDesc accessor() {
        return method.insertParameterTypes(0, captures().toArray(ClassDesc[]::new));
    }

    /** What the target takes, its receiver included; what it gives, an object if it is a constructor. */
    MethodTypeDesc called() {
        return target.invocationType();
    }

    /** Whether the target is that very method, not what overrides it. */
    boolean isExact() {
        return switch (target.kind()) {
            case VIRTUAL, INTERFACE_VIRTUAL -> false;
            default -> true;
        };
    }
}
