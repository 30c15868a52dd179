package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.BitSet;
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
    private final BitSet used = new BitSet();
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

    void load(TypeKind kind, int slot) {
        code.loadLocal(kind, slot);
        used.set(slot);
    }

    void store(TypeKind kind, int slot) {
        code.storeLocal(kind, slot);
        used.set(slot);
    }

    /** Whether anything has been loaded from there or stored. */
    boolean isUsed(int slot) {
        return used.get(slot);
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

    /** Whether what is written next belongs to that line already. */
    boolean isAtLine(int number) {
        return number == line || number == 0;
    }
}
