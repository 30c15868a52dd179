package dev.pirn.weaver;

import java.lang.classfile.Label;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.ObjectVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.SimpleVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.UninitializedVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The types before each call and each branch. One walk from the first instruction to the last is enough:
 * where control comes from elsewhere, the class file's stack map says what is there.
 */
final class Types {
    private final Body body;
    private final Map<Integer, TypeState> before = new HashMap<>();
    private final Map<Integer, List<Integer>> constructorCalls = new HashMap<>(); // Of the object made where.

    /** @param entry the types of the arguments, receiver first */
    Types(Body body, List<ClassDesc> entry) {
        this.body = body;
        var state = new TypeState(body.maxLocals);
        int slot = 0;
        for (ClassDesc each : entry) {
            Type type = Type.of(each);
            state.locals[slot] = type;
            slot += type.slots();
        }
        walk(state);
    }

    /** The types before the instruction, a call or a branch; null if control never gets there. */
    TypeState before(int index) {
        return before.get(index);
    }

    /** The calls of a constructor for the object that the instruction makes. */
    List<Integer> constructorCalls(int made) {
        return constructorCalls.getOrDefault(made, List.of());
    }

    /** What the stack map says of a label, or null if it says nothing. */
    TypeState at(Label label) {
        StackMapFrameInfo frame = body.frames.get(label);
        return frame == null ? null : state(frame);
    }

    private void walk(TypeState entry) {
        var step = new TypeStep(constructorCalls);
        TypeState state = entry;
        for (int i = 0; i < body.size(); i++) {
            if (body.get(i) instanceof LabelTarget target) {
                TypeState known = at(target.label());
                if (known != null) state = known;
            } else if (state != null && body.get(i) instanceof Instruction instruction) {
                boolean asked = instruction instanceof InvokeInstruction
                        || instruction instanceof BranchInstruction;
                if (asked) before.put(i, state.copy());
                step.apply(state, instruction, i);
                if (!body.fallsThrough(i)) state = null;
            }
        }
    }

    private TypeState state(StackMapFrameInfo frame) {
        var state = new TypeState(body.maxLocals);
        int slot = 0;
        for (VerificationTypeInfo each : frame.locals()) {
            Type type = type(each);
            state.locals[slot] = type;
            slot += type == null ? 1 : type.slots();
        }
        var stack = new ArrayList<Type>();
        for (VerificationTypeInfo each : frame.stack()) stack.add(type(each));
        state.stack.addAll(stack);
        return state;
    }

    private Type type(VerificationTypeInfo info) {
        return switch (info) {
            case SimpleVerificationTypeInfo simple -> switch (simple) {
                case TOP -> null;
                case INTEGER -> Type.INT;
                case FLOAT -> Type.FLOAT;
                case LONG -> Type.LONG;
                case DOUBLE -> Type.DOUBLE;
                case NULL -> Type.NULL;
                case UNINITIALIZED_THIS ->
                        throw new IllegalStateException("constructors are refused before this");
            };
            case ObjectVerificationTypeInfo object -> Type.of(object.classSymbol());
            case UninitializedVerificationTypeInfo made ->
                    Type.made(body.instructionFrom(body.position(made.newTarget())));
        };
    }
}
