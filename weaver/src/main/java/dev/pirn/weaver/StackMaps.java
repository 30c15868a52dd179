package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.ObjectVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.SimpleVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.UninitializedVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The stack map of one form. Locals that nothing reads any more are left out of it: in the resume method they
 * are not there.
 */
final class StackMaps {
    private final CodeBuilder code;
    private final Plan plan;
    private final Slots slots;
    private final List<StackMapFrameInfo> frames = new ArrayList<>();
    private final Map<Integer, Label> made = new HashMap<>();
    private StackMapFrameInfo pending; // Of the next instruction; later labels at one place win.

    StackMaps(CodeBuilder code, Plan plan, Slots slots) {
        this.code = code;
        this.plan = plan;
        this.slots = slots;
    }

    /** Says what the plain method's stack map says of its label, if anything, of the place here. */
    void original(Label label, Label here) {
        TypeState state = plan.types.at(label);
        if (state == null) return;
        at(here, locals(state.locals, plan.liveness.before(plan.body.position(label))),
                plan.moved.without(state.stack));
    }

    /** Says what is there behind an instruction that leaves locals as they were before it. */
    void behind(int index, Label here, List<Type> stack) {
        TypeState before = plan.types.before(index);
        at(here, locals(before.locals, plan.liveness.after(index)), stack);
    }

    /** Says what is there, by slots of the plain method. */
    void at(Label here, Map<Integer, Type> locals, List<Type> stack) {
        at(here, locals, Map.of(), stack);
    }

    /** With scratch, by slots of this form. */
    void at(Label here, Map<Integer, Type> locals, Map<Integer, Type> scratch, List<Type> stack) {
        var bySlot = new TreeMap<Integer, VerificationTypeInfo>();
        locals.forEach((slot, type) -> bySlot.put(slots.of(slot), info(type)));
        scratch.forEach((slot, type) -> bySlot.put(slot, info(type)));
        bySlot.put(slots.co(), ObjectVerificationTypeInfo.of(Abi.COROUTINE));
        if (slots.frame() != null) bySlot.put(0, ObjectVerificationTypeInfo.of(slots.frame()));
        var infos = new ArrayList<VerificationTypeInfo>();
        int next = 0;
        for (var each : bySlot.entrySet()) {
            for (; next < each.getKey(); next++) infos.add(SimpleVerificationTypeInfo.TOP);
            infos.add(each.getValue());
            boolean wide = each.getValue() == SimpleVerificationTypeInfo.LONG
                    || each.getValue() == SimpleVerificationTypeInfo.DOUBLE;
            next += wide ? 2 : 1;
        }
        pending = StackMapFrameInfo.of(here, infos, stack.stream().map(this::info).toList());
    }

    /** An instruction is about to be written. */
    void flush() {
        if (pending != null) frames.add(pending);
        pending = null;
    }

    /** What would come here is left out. */
    void drop() {
        pending = null;
    }

    /** Marks where an object is made: stack maps call it by that. */
    void bindMade(int index) {
        code.labelBinding(labelOfMade(index));
    }

    void write() {
        if (!frames.isEmpty()) code.with(StackMapTableAttribute.of(frames));
    }

    private Label labelOfMade(int index) {
        return made.computeIfAbsent(index, _ -> code.newLabel());
    }

    private static Map<Integer, Type> locals(Type[] types, BitSet live) {
        var locals = new HashMap<Integer, Type>();
        for (int slot = live.nextSetBit(0); slot >= 0; slot = live.nextSetBit(slot + 1)) {
            if (types[slot] != null) locals.put(slot, types[slot]);
        }
        return locals;
    }

    private VerificationTypeInfo info(Type type) {
        if (!type.isNew()) return ofValue(type);
        return UninitializedVerificationTypeInfo.of(labelOfMade(type.madeAt()));
    }

    /** What stack maps call a value that is there. */
    static VerificationTypeInfo ofValue(Type type) {
        return switch (type.kind()) {
            case INT -> SimpleVerificationTypeInfo.INTEGER;
            case LONG -> SimpleVerificationTypeInfo.LONG;
            case FLOAT -> SimpleVerificationTypeInfo.FLOAT;
            case DOUBLE -> SimpleVerificationTypeInfo.DOUBLE;
            case NULL -> SimpleVerificationTypeInfo.NULL;
            case REFERENCE -> ObjectVerificationTypeInfo.of(type.of());
            case NEW -> throw new IllegalArgumentException("an object that is not initialised");
        };
    }
}
