package dev.pirn.weaver;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LocalVariableType;

/** Writes the tables of local variables; lines are written with the code. */
final class DebugTables {
    private final Form form;

    DebugTables(Form form) {
        this.form = form;
    }

    void write() {
        for (CodeElement each : form.plan.body.elements) {
            switch (each) {
                case LocalVariable variable
                        when isThere(variable.slot(), variable.startScope(), variable.endScope()) ->
                    form.code.localVariable(form.slots.of(variable.slot()), name(variable.name()),
                            variable.type(), start(variable.startScope()), end(variable.endScope()));
                case LocalVariableType variable
                        when isThere(variable.slot(), variable.startScope(), variable.endScope()) ->
                    form.code.localVariableType(form.slots.of(variable.slot()), name(variable.name()),
                            variable.signature(), start(variable.startScope()), end(variable.endScope()));
                default -> { }
            }
        }
    }

    /** In static methods debuggers hide what is called "this". */
    private Utf8Entry name(Utf8Entry name) {
        boolean isStatic = form.resumes || form.plan.names.lambdaBody;
        return isStatic && name.equalsString("this") ? form.code.constantPool().utf8Entry("$this") : name;
    }

    /**
     * Whether the variable has a place and a scope. The JVM refuses slots that no code uses, and the same entry
     * twice, which empty scopes of one name would be.
     */
    private boolean isThere(int slot, Label start, Label end) {
        boolean argument = !form.resumes && slot < form.plan.names.argumentSlots();
        if (!argument && !form.isUsed(form.slots.of(slot))) return false;
        int from = form.plan.body.position(start);
        int to = form.plan.body.position(end);
        return form.resumes ? form.plan.reach.touches(from, to) : from < to;
    }

    private Label start(Label original) {
        return form.label(original);
    }

    private Label end(Label original) {
        boolean atEnd = form.plan.body.position(original) >= form.plan.body.size();
        return atEnd ? form.code.endLabel() : form.label(original);
    }
}
