package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.HashMap;
import java.util.Map;

/** One form of a method while it is written: what its parts share. */
final class Form {
    final CodeBuilder code;
    final Plan plan;
    final Slots slots;
    final StackMaps maps;
    final boolean resumes; // The resume method; else the twin.

    private final Map<Label, Label> labels = new HashMap<>();
    private final Map<Label, Label> borders = new HashMap<>();
    private int line;

    Form(CodeBuilder code, Plan plan, Slots slots, boolean resumes) {
        this.code = code;
        this.plan = plan;
        this.slots = slots;
        this.resumes = resumes;
        maps = new StackMaps(code, plan, slots);
    }

    /** This form's label for one of the plain method. */
    Label label(Label original) {
        return labels.computeIfAbsent(original, _ -> code.newLabel());
    }

    /** This form's label for one where a try range begins or ends. */
    Label border(Label original) {
        return borders.computeIfAbsent(original, _ -> code.newLabel());
    }

    /** Where try ranges begin or end, if they do at that label of the plain method. */
    void bindBorder(Label original) {
        Label here = borders.get(original);
        if (here != null) code.labelBinding(here);
    }

    void load(TypeKind kind, int slot) {
        code.loadLocal(kind, slot);
    }

    void store(TypeKind kind, int slot) {
        code.storeLocal(kind, slot);
    }

    CodeBuilder loadCo() {
        return code.aload(slots.co());
    }

    /** What is written next belongs to that line, if it is one. */
    void line(int number) {
        if (number == line || number == 0) return;
        line = number;
        code.lineNumber(number);
    }

    /**
     * What is written next belongs to that line, but is not where it begins: a breakpoint on it would be hit
     * a second time. So it begins here, where control never comes; the stack map knows what is here.
     */
    void deadLine(int number) {
        maps.flush();
        line(number);
        code.nop();
    }

    /** Whether what is written next belongs to that line already. */
    boolean isAtLine(int number) {
        return number == line || number == 0;
    }
}
