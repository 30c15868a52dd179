package dev.pirn.weaver;

import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;

/**
 * Where one form of a method has its locals.
 * <pre>
 *   twin     arguments | co | other locals | scratch
 *   resume   frame | co | all locals | scratch
 * </pre>
 *
 * @param co where the coroutine is
 * @param moved from which slot on the plain method's locals lie higher
 * @param by how much higher
 * @param scratch the first slot that no local uses
 * @param frame the type of what lies in slot 0, or null if that is a local
 */
record Slots(int co, int moved, int by, int scratch, ClassDesc frame) {
    static Slots ofTwin(Plan plan) {
        int arguments = plan.names.argumentSlots();
        int locals = plan.body.maxLocals;
        if (!straddles(plan.body, arguments)) return new Slots(arguments, arguments, 1, locals + 1, null);
        // A wide local lies half where the coroutine would be: that goes elsewhere.
        int co = Math.max(locals, arguments + 1);
        return new Slots(co, locals, 0, co + 1, null);
    }

    static Slots ofResume(Plan plan) {
        return new Slots(1, 0, 2, plan.body.maxLocals + 2, plan.names.frame);
    }

    /** Where the local of the plain method lies. */
    int of(int slot) {
        return slot < moved ? slot : slot + by;
    }

    private static boolean straddles(Body body, int arguments) {
        return body.elements.stream().anyMatch(each -> switch (each) {
            case LoadInstruction load -> load.slot() == arguments - 1 && isWide(load.typeKind());
            case StoreInstruction store -> store.slot() == arguments - 1 && isWide(store.typeKind());
            default -> false;
        });
    }

    private static boolean isWide(TypeKind kind) {
        return kind.slotSize() == 2;
    }
}
