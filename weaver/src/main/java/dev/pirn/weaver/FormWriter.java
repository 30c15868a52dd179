package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.LabelTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes the two forms of a method: the twin, and the resume method, which has only what is behind sites. */
final class FormWriter {
    private final Form form;
    private final Plan plan;
    private final CopyCode copy;
    private final SiteCode sites;
    private final DebugTables debug;

    private FormWriter(Form form) {
        this.form = form;
        plan = form.plan;
        copy = new CopyCode(form);
        sites = new SiteCode(form);
        debug = new DebugTables(form);
    }

    static void twin(CodeBuilder code, Plan plan) {
        var writer = new FormWriter(new Form(code, plan, Slots.ofTwin(plan), false));
        writer.ranges();
        writer.guard();
        writer.parkCoroutine();
        for (int i = 0; i < plan.body.size(); i++) writer.element(i, true, null);
        writer.finish();
    }

    static void resume(CodeBuilder code, Plan plan) {
        var writer = new FormWriter(new Form(code, plan, Slots.ofResume(plan), true));
        var resumed = new ArrayList<Label>();
        plan.sites.forEach(_ -> resumed.add(code.newLabel()));
        writer.ranges();
        new RestoreCode(writer.form).write(resumed);
        for (int i = 0; i < plan.body.size(); i++) writer.element(i, plan.reach.contains(i), resumed);
        writer.finish();
    }

    private void element(int index, boolean reached, List<Label> resumed) {
        debug.at(index);
        CodeElement element = plan.body.get(index);
        Site site = plan.siteAt(index);
        if (element instanceof LabelTarget target) {
            // First: what is before a line may be in no range that ends here.
            form.bindBorder(target.label());
            if (form.resumes) lineBefore(index);
            Label here = form.label(target.label());
            form.code.labelBinding(here);
            form.maps.original(target.label(), here);
        } else if (site != null) {
            sites.write(site, reached, resumed == null ? null : resumed.get(site.pc() - 1));
        } else if (element instanceof Instruction instruction) {
            if (reached) copy.write(instruction, index); else form.maps.drop();
        }
    }

    /**
     * Where a line is entered behind its beginning, which is left out here, the plain method has no entry of
     * the table of lines, at which a breakpoint would be hit; then none may be hit here either.
     */
    private void lineBefore(int label) {
        int next = plan.body.instructionFrom(label);
        if (next == plan.body.size() || plan.body.beginsLine(next)) return;
        if (!plan.reach.contains(next) || form.isAtLine(plan.body.line(next))) return;
        Label entered = ((LabelTarget) plan.body.get(label)).label();
        if (plan.types.at(entered) == null) return; // By falling into it alone.
        Label dead = form.code.newLabel();
        form.code.labelBinding(dead);
        form.maps.original(entered, dead);
        form.deadLine(plan.body.line(next));
    }

    private void ranges() {
        for (Body.Range each : plan.body.ranges) {
            boolean empty = form.resumes && !plan.reach.touches(each.start(), each.end());
            if (empty || each.start() >= each.end()) continue;
            var element = each.element();
            form.code.exceptionCatch(form.border(element.tryStart()), form.border(element.tryEnd()),
                    form.label(element.handler()), element.catchType());
        }
    }

    private void guard() {
        Names names = plan.names;
        if (!names.isGuarded()) return;
        Label woven = form.code.newLabel();
        Guard.ifConsistent(form.code, names, woven);
        PlainCall.write(form.code, names);
        form.code.labelBinding(woven);
        atEntry(woven);
    }

    /** Where the coroutine does not stay in its argument's slot. */
    private void parkCoroutine() {
        int arrives = plan.names.argumentSlots();
        if (form.slots.co() == arrives) return;
        form.maps.flush();
        form.code.aload(arrives).astore(form.slots.co());
    }

    private void atEntry(Label here) {
        Map<Integer, Type> locals = new HashMap<>();
        int slot = 0;
        for (var each : plan.names.entryTypes()) {
            Type type = Type.of(each);
            locals.put(slot, type);
            slot += type.slots();
        }
        form.maps.at(here, locals, List.of());
    }

    private void finish() {
        debug.write();
        form.maps.write();
    }
}
