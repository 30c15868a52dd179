package dev.pirn.weaver;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;

/** How many bytes each element takes in a woven form at most: it must be known which jumps will be long. */
final class Sizes {
    static final int CODE_MAX = 65_535;

    private static final int JUMP_MAX = 32_767;
    private static final int SITE = 70; // Call, test, result and restore, without what is kept.
    private static final int KEPT = 40; // Spilled, compared, written, and read back.
    private static final int CLEARED = 20;

    private final Body body;
    private final int[] offsets; // At most, of each element; the last is the size of all.

    Sizes(Plan plan) {
        body = plan.body;
        offsets = new int[body.size() + 1];
        int at = plan.names.argumentSlots() * 4 + SITE; // The guard.
        for (int i = 0; i < body.size(); i++) {
            offsets[i] = at;
            Site site = plan.siteAt(i);
            if (site != null) {
                at += SITE + KEPT * FrameShape.values(site).size() + CLEARED * plan.shape.fields.size();
            } else if (body.get(i) instanceof Instruction instruction) {
                at += most(plan, instruction, i);
            }
        }
        offsets[body.size()] = at;
    }

    private static int most(Plan plan, Instruction instruction, int index) {
        return switch (instruction) {
            case LoadInstruction _, StoreInstruction _ -> 4;
            case IncrementInstruction _ -> 6;
            case BranchInstruction _ -> 8;
            case InvokeInstruction call when plan.moved.madeBefore(index) != null ->
                    10 + 8 * call.typeSymbol().parameterCount();
            default -> instruction.sizeInBytes() + 4; // A constant's longer form; padding.
        };
    }

    /** Of a whole form, at most. */
    int total() {
        return offsets[body.size()];
    }

    boolean isLong() {
        return total() > JUMP_MAX;
    }

    boolean isLongJump(int index, BranchInstruction branch) {
        int distance = offsets[body.position(branch.target())] - offsets[index];
        return branch.opcode() == Opcode.GOTO_W || Math.abs(distance) > JUMP_MAX;
    }
}
