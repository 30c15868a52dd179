package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.util.List;

/** Writes the instructions that are no sites. */
final class CopyCode {
    private static final String COROUTINE = "dev/pirn/Coroutine";

    private final Form form;
    private final CodeBuilder code;
    private final Plan plan;

    CopyCode(Form form) {
        this.form = form;
        code = form.code;
        plan = form.plan;
    }

    void write(Instruction instruction, int index) {
        if (plan.moved.isDroppedDup(index)) return;
        form.maps.flush();
        form.line(plan.body.line(index));
        switch (instruction) {
            case LoadInstruction load -> form.load(load.typeKind(), form.slots.of(load.slot()));
            case StoreInstruction store -> form.store(store.typeKind(), form.slots.of(store.slot()));
            case IncrementInstruction add -> code.iinc(form.slots.of(add.slot()), add.constant());
            case BranchInstruction branch -> branch(branch, index);
            case TableSwitchInstruction table -> code.tableswitch(table.lowValue(), table.highValue(),
                    form.label(table.defaultTarget()), cases(table.cases()));
            case LookupSwitchInstruction lookup -> code.lookupswitch(form.label(lookup.defaultTarget()),
                    cases(lookup.cases()));
            case NewObjectInstruction made -> make(made, index);
            case InvokeInstruction call -> call(call, index);
            default -> code.with(instruction);
        }
    }

    private List<SwitchCase> cases(List<SwitchCase> cases) {
        return cases.stream()
                .map(each -> SwitchCase.of(each.caseValue(), form.label(each.target()))).toList();
    }

    private void branch(BranchInstruction branch, int index) {
        Label target = form.label(branch.target());
        Opcode opcode = branch.opcode();
        if (!plan.isLongJump(index)) {
            code.branch(opcode, target);
        } else if (opcode == Opcode.GOTO || opcode == Opcode.GOTO_W) {
            code.goto_w(target);
        } else {
            // Conditional jumps reach 32 KiB: around a long one then.
            Label around = code.newLabel();
            code.branch(Conditions.opposite(opcode), around).goto_w(target).labelBinding(around);
            TypeState before = plan.types.before(index);
            form.maps.behind(index, around, plan.moved.without(before.below(Conditions.operands(opcode))));
        }
    }

    private void make(NewObjectInstruction made, int index) {
        form.maps.bindMade(index);
        code.new_(made.className());
        if (plan.moved.isMovedNew(index)) code.pop(); // Only initialises its class.
    }

    private void call(InvokeInstruction call, int index) {
        NewObjectInstruction made = plan.moved.madeBefore(index);
        if (made != null) {
            construct(call, index, made);
        } else if (is(call, "self", "()Ldev/pirn/Coroutine;")) {
            form.loadCo();
        } else if (is(call, "inCoroutine", "()Z")) {
            code.iconst_1();
        } else {
            code.with(call);
        }
    }

    private static boolean is(InvokeInstruction call, String name, String type) {
        return call.name().equalsString(name) && call.type().equalsString(type)
                && call.owner().name().equalsString(COROUTINE);
    }

    private void construct(InvokeInstruction call, int index, NewObjectInstruction made) {
        List<ClassDesc> parameters = call.typeSymbol().parameterList();
        int[] slots = new int[parameters.size()];
        int slot = form.slots.scratch();
        for (int i = slots.length - 1; i >= 0; i--) {
            TypeKind kind = TypeKind.from(parameters.get(i));
            form.store(kind, slots[i] = slot);
            slot += kind.slotSize();
        }
        code.new_(made.className());
        if (plan.moved.isCopied(index)) code.dup();
        for (int i = 0; i < slots.length; i++) code.loadLocal(TypeKind.from(parameters.get(i)), slots[i]);
        code.with(call);
    }
}
