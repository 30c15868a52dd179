package dev.pirn.weaver;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantDynamicEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What one instruction does to the types of locals and operands. */
final class TypeStep {
    private final Map<Integer, List<Integer>> constructorCalls;

    /** @param constructorCalls is filled: the calls by the instruction that made the object */
    TypeStep(Map<Integer, List<Integer>> constructorCalls) {
        this.constructorCalls = constructorCalls;
    }

    void apply(TypeState state, Instruction instruction, int index) {
        switch (instruction) {
            case LoadInstruction load -> state.push(state.locals[load.slot()]);
            case StoreInstruction store -> state.store(store.slot(), state.pop());
            case ConstantInstruction constant -> state.push(constant(constant));
            case FieldInstruction field -> field(state, field);
            case InvokeInstruction call -> call(state, call, index);
            case InvokeDynamicInstruction call -> pass(state, call.typeSymbol());
            case StackInstruction shuffle -> state.shuffle(shuffle.opcode());
            case OperatorInstruction operator -> operator(state, operator.opcode());
            case ConvertInstruction convert -> {
                state.pop();
                state.push(Type.of(convert.toType(), null));
            }
            case TypeCheckInstruction check -> {
                state.pop();
                boolean cast = check.opcode() == Opcode.CHECKCAST;
                state.push(cast ? Type.of(check.type().asSymbol()) : Type.INT);
            }
            case BranchInstruction branch -> state.pop(popped(branch.opcode()));
            case TableSwitchInstruction _, LookupSwitchInstruction _, MonitorInstruction _,
                 ThrowInstruction _ -> state.pop();
            case NewObjectInstruction _ -> state.push(Type.made(index));
            default -> array(state, instruction);
        }
    }

    private static void array(TypeState state, Instruction instruction) {
        switch (instruction) {
            case ArrayLoadInstruction load -> {
                state.pop();
                Type array = state.pop();
                boolean reference = load.typeKind() == TypeKind.REFERENCE;
                state.push(reference ? array.element() : Type.of(load.typeKind(), null));
            }
            case ArrayStoreInstruction _ -> state.pop(3);
            case NewPrimitiveArrayInstruction made -> {
                state.pop();
                state.push(Type.of(made.typeKind().upperBound().arrayType()));
            }
            case NewReferenceArrayInstruction made -> {
                state.pop();
                state.push(Type.of(made.componentType().asSymbol().arrayType()));
            }
            case NewMultiArrayInstruction made -> {
                state.pop(made.dimensions());
                state.push(Type.of(made.arrayType().asSymbol()));
            }
            default -> { } // A nop, an increment, a return.
        }
    }

    private static Type constant(ConstantInstruction constant) {
        if (constant.opcode() == Opcode.ACONST_NULL) return Type.NULL;
        if (constant.typeKind() != TypeKind.REFERENCE) return Type.of(constant.typeKind(), null);
        var load = (ConstantInstruction.LoadConstantInstruction) constant;
        return Type.of(classOf(load.constantEntry()));
    }

    private static ClassDesc classOf(LoadableConstantEntry entry) {
        return switch (entry) {
            case StringEntry _ -> ConstantDescs.CD_String;
            case ClassEntry _ -> ConstantDescs.CD_Class;
            case MethodTypeEntry _ -> ConstantDescs.CD_MethodType;
            case ConstantDynamicEntry dynamic -> dynamic.typeSymbol();
            default -> ConstantDescs.CD_MethodHandle;
        };
    }

    private static void field(TypeState state, FieldInstruction field) {
        boolean writes = field.opcode() == Opcode.PUTSTATIC || field.opcode() == Opcode.PUTFIELD;
        boolean ofObject = field.opcode() == Opcode.GETFIELD || field.opcode() == Opcode.PUTFIELD;
        if (writes) state.pop();
        if (ofObject) state.pop();
        if (!writes) state.push(Type.of(field.typeSymbol()));
    }

    private void call(TypeState state, InvokeInstruction call, int index) {
        MethodTypeDesc type = call.typeSymbol();
        state.pop(type.parameterCount());
        if (call.opcode() != Opcode.INVOKESTATIC) {
            Type receiver = state.pop();
            if (receiver.isNew()) {
                constructorCalls.computeIfAbsent(receiver.madeAt(), _ -> new ArrayList<>()).add(index);
                state.constructed(receiver, Type.of(call.owner().asSymbol()));
            }
        }
        state.push(Type.of(type.returnType()));
    }

    private static void pass(TypeState state, MethodTypeDesc type) {
        state.pop(type.parameterCount());
        state.push(Type.of(type.returnType()));
    }

    private static void operator(TypeState state, Opcode opcode) {
        switch (opcode) {
            case INEG, LNEG, FNEG, DNEG -> { }
            case ARRAYLENGTH -> {
                state.pop();
                state.push(Type.INT);
            }
            case LCMP, FCMPL, FCMPG, DCMPL, DCMPG -> {
                state.pop(2);
                state.push(Type.INT);
            }
            default -> state.pop(); // Shifts too have the type of their left operand.
        }
    }

    private static int popped(Opcode opcode) {
        return switch (opcode) {
            case GOTO, GOTO_W -> 0;
            case IFEQ, IFNE, IFLT, IFGE, IFGT, IFLE, IFNULL, IFNONNULL -> 1;
            default -> 2;
        };
    }
}
