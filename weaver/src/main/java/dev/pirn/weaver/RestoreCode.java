package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the beginning of a resume method: goes where the frame says, with what it kept. Belongs to no line,
 * so that no breakpoint is here.
 */
final class RestoreCode {
    private final Form form;
    private final CodeBuilder code;
    private final Plan plan;

    RestoreCode(Form form) {
        this.form = form;
        code = form.code;
        plan = form.plan;
    }

    /** @param resumed for each site, in their order, where to go */
    void write(List<Label> resumed) {
        int last = plan.sites.size();
        var cases = new ArrayList<SwitchCase>();
        for (int pc = 1; pc < last; pc++) cases.add(SwitchCase.of(pc, code.newLabel()));
        Label otherwise = code.newLabel();
        if (!cases.isEmpty()) {
            code.aload(0).getfield(plan.names.frame, "pc", ConstantDescs.CD_int);
            code.tableswitch(1, last - 1, otherwise, cases);
        }
        for (Site each : plan.sites) {
            Label here = each.pc() == last ? otherwise : cases.get(each.pc() - 1).target();
            code.labelBinding(here);
            if (!cases.isEmpty()) {
                form.maps.at(here, Map.of(), List.of());
                form.maps.flush();
            }
            restore(each);
            if (plan.isLong()) code.goto_w(resumed.get(each.pc() - 1));
            else code.goto_(resumed.get(each.pc() - 1));
        }
    }

    private void restore(Site site) {
        site.live().forEach((slot, type) -> {
            read(new FrameShape.Value(false, slot, type));
            form.store(type.typeKind(), form.slots.of(slot));
        });
        for (int i = 0; i < site.below().size(); i++) {
            read(new FrameShape.Value(true, i, site.below().get(i)));
        }
    }

    private void read(FrameShape.Value value) {
        FrameShape.Field field = plan.shape.field(value);
        if (field == null) {
            code.aconst_null();
            return;
        }
        code.aload(0).getfield(plan.names.frame, field.name, field.type());
        if (field.isReference()) SiteCode.cast(code, field.type(), value.type().of());
    }
}
