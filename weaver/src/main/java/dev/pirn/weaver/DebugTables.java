package dev.pirn.weaver;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LocalVariableType;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The tables of local variables of one form; lines are written with its code. In the resume method a
 * variable's scope is cut to where it has a value.
 */
final class DebugTables {
    private record Entry(CodeElement element, int start, int end) { }

    private final Form form;
    private final Presence presence; // Null in the twin.
    private final List<Entry> entries = new ArrayList<>();
    private final TreeMap<Integer, Label> places = new TreeMap<>(); // Where scopes begin and end.

    DebugTables(Form form) {
        this.form = form;
        boolean any = form.plan.body.elements.stream().anyMatch(LocalVariable.class::isInstance);
        presence = form.resumes && any ? form.plan.presence() : null;
        for (CodeElement each : form.plan.body.elements) {
            switch (each) {
                case LocalVariable variable ->
                        add(each, variable.slot(), variable.startScope(), variable.endScope());
                case LocalVariableType variable ->
                        add(each, variable.slot(), variable.startScope(), variable.endScope());
                default -> { }
            }
        }
    }

    /** The element is about to be written, or left out. */
    void at(int index) {
        Label here = places.get(index);
        if (here != null) form.code.labelBinding(here);
    }

    void write() {
        for (Entry each : entries) {
            switch (each.element) {
                case LocalVariable variable -> form.code.localVariable(form.slots.of(variable.slot()),
                        name(variable.name()), variable.type(), label(each.start), label(each.end));
                case LocalVariableType variable -> form.code.localVariableType(form.slots.of(variable.slot()),
                        name(variable.name()), variable.signature(), label(each.start), label(each.end));
                default -> throw new AssertionError(each);
            }
        }
    }

    private void add(CodeElement element, int slot, Label startScope, Label endScope) {
        int end = form.plan.body.position(endScope);
        int start = form.plan.body.position(startScope);
        if (!form.resumes) {
            if (start < end) add(new Entry(element, start, end));
            return;
        }
        // An entry must have code in it: the JVM refuses the same entry twice, which empty ones would be.
        int began = -1;
        for (int i = start; presence != null && i < end; i++) {
            if (!(form.plan.body.get(i) instanceof Instruction) || !presence.contains(i)) continue;
            boolean there = presence.has(i, slot);
            if (there && began < 0) began = i;
            if (!there && began >= 0) {
                add(new Entry(element, began, i));
                began = -1;
            }
        }
        if (began >= 0) add(new Entry(element, began, end));
    }

    private void add(Entry entry) {
        entries.add(entry);
        label(entry.start);
        label(entry.end);
    }

    private Label label(int index) {
        if (index >= form.plan.body.size()) return form.code.endLabel();
        return places.computeIfAbsent(index, _ -> form.code.newLabel());
    }

    /** In static methods debuggers hide what is called "this". */
    private Utf8Entry name(Utf8Entry name) {
        boolean isStatic = form.resumes || form.plan.names.lambdaBody;
        return isStatic && name.equalsString("this") ? form.code.constantPool().utf8Entry("$this") : name;
    }
}
