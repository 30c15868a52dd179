package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ConstantDescs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes what a site does when its call was suspended: keeps what is live in the frame, and returns. */
final class SaveCode {
    private final Form form;
    private final CodeBuilder code;
    private final Plan plan;
    private final Set<Integer> written = new HashSet<>(); // The locals that the method writes.

    SaveCode(Form form) {
        this.form = form;
        code = form.code;
        plan = form.plan;
        for (var each : plan.body.elements) {
            switch (each) {
                case StoreInstruction store -> {
                    written.add(store.slot());
                    if (store.typeKind().slotSize() == 2) written.add(store.slot() + 1);
                }
                case IncrementInstruction increment -> written.add(increment.slot());
                default -> { }
            }
        }
    }

    void write(Site site) {
        popResult(site);
        Map<Integer, Integer> operands = spill(site.below());
        var scratch = new HashMap<Integer, Type>();
        operands.forEach((index, slot) -> scratch.put(slot, site.below().get(index)));
        if (form.resumes) keepAgain(site, operands, scratch); else keepFirst(site, operands);
        code.invokevirtual(Abi.COROUTINE, "link", Abi.LINK);
        Abi.returnNothing(code, plan.names.returns);
    }

    private void popResult(Site site) {
        if (site.result() == null) return;
        if (site.result().isWide()) code.pop2(); else code.pop();
    }

    /** Stores the operands in scratch slots, from the top; which one where, but for nulls. */
    private Map<Integer, Integer> spill(List<Type> operands) {
        var slots = new HashMap<Integer, Integer>();
        int slot = form.slots.scratch();
        for (int i = operands.size() - 1; i >= 0; i--) {
            Type type = operands.get(i);
            if (type.kind() == Type.Kind.NULL) {
                code.pop();
                continue;
            }
            form.store(type.typeKind(), slot);
            slots.put(i, slot);
            slot += type.slots();
        }
        return slots;
    }

    /** A new frame; leaves the coroutine and it on the stack. */
    private void keepFirst(Site site, Map<Integer, Integer> operands) {
        var frame = plan.names.frame;
        form.loadCo().new_(frame).dup();
        code.invokespecial(frame, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
        for (FrameShape.Value each : FrameShape.values(site)) {
            FrameShape.Field field = plan.shape.field(each);
            code.dup();
            form.load(each.type().typeKind(), slot(each, operands));
            code.putfield(frame, field.name, field.type());
        }
        code.dup().loadConstant(site.pc()).putfield(frame, "pc", ConstantDescs.CD_int);
    }

    /** The frame that was resumed: references are written only where they changed, and none is left over. */
    private void keepAgain(Site site, Map<Integer, Integer> operands, Map<Integer, Type> scratch) {
        var frame = plan.names.frame;
        for (FrameShape.Value each : FrameShape.values(site)) {
            FrameShape.Field field = plan.shape.field(each);
            if (field.hasOneValue() && !each.operand() && !written.contains(each.index())) continue;
            Label same = field.isReference() ? code.newLabel() : null;
            if (same != null) {
                code.aload(0).getfield(frame, field.name, field.type());
                code.aload(slot(each, operands)).if_acmpeq(same);
            }
            code.aload(0);
            form.load(each.type().typeKind(), slot(each, operands));
            code.putfield(frame, field.name, field.type());
            if (same != null) join(same, site, scratch);
        }
        for (FrameShape.Field each : plan.shape.fields) {
            if (!each.isStaleAt(site)) continue;
            Label same = code.newLabel();
            code.aload(0).getfield(frame, each.name, each.type()).ifnull(same);
            code.aload(0).aconst_null().putfield(frame, each.name, each.type());
            join(same, site, scratch);
        }
        if (plan.sites.size() > 1) {
            code.aload(0).loadConstant(site.pc()).putfield(frame, "pc", ConstantDescs.CD_int);
        }
        form.loadCo().aload(0);
    }

    private void join(Label here, Site site, Map<Integer, Type> scratch) {
        code.labelBinding(here);
        form.maps.at(here, site.live(), scratch, List.of());
        form.maps.flush();
    }

    private int slot(FrameShape.Value value, Map<Integer, Integer> operands) {
        return value.operand() ? operands.get(value.index()) : form.slots.of(value.index());
    }
}
