package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes sites.
 * <pre>
 *        call the twin
 *        suspended? no ───────────┐
 *        save, return             │
 *   x:   throw or take the result │   only in the resume method; restores jump here
 *   cont:  ◀──────────────────────┘
 * </pre>
 * The save stands within the line and the try ranges of its site; an exception of the call that went on is
 * thrown within them too.
 */
final class SiteCode {
    private final Form form;
    private final CodeBuilder code;
    private final SaveCode save;

    SiteCode(Form form) {
        this.form = form;
        code = form.code;
        save = new SaveCode(form);
    }

    /**
     * Writes the site.
     *
     * @param called whether control can come to the call, other than by resuming behind it
     * @param resumed where restores jump to; null in the twin
     */
    void write(Site site, boolean called, Label resumed) {
        Label go = code.newLabel();
        if (called) {
            form.maps.flush();
            form.line(site.line());
            form.loadCo();
            callTwin(code, site.call());
            Abi.ifNotSuspended(form.loadCo(), go);
            save.write(site);
        } else {
            form.maps.drop();
        }
        if (resumed != null) result(site, resumed);
        code.labelBinding(go);
        if (called) {
            List<Type> stack = new ArrayList<>(site.below());
            if (site.result() != null) stack.add(site.result());
            form.maps.behind(site.index(), go, stack);
        }
    }

    /** The coroutine lies on the stack, above the call's operands. */
    static void callTwin(CodeBuilder code, InvokeInstruction call) {
        ClassDesc owner = call.owner().asSymbol();
        String name = Abi.twin(call.name().stringValue());
        MethodTypeDesc type = Abi.twin(call.typeSymbol());
        code.invoke(call.opcode(), owner, name, type, call.isInterface());
    }

    private void result(Site site, Label resumed) {
        if (!form.isAtLine(site.line())) {
            Label line = code.newLabel();
            code.labelBinding(line);
            form.maps.at(line, site.live(), site.below());
            form.deadLine(site.line());
        }
        code.labelBinding(resumed);
        form.maps.at(resumed, site.live(), site.below());
        form.maps.flush();
        form.loadCo().invokevirtual(Abi.COROUTINE, "check", ConstantDescs.MTD_void);
        if (site.result() == null) return;
        form.loadCo();
        if (site.result().kind() == Type.Kind.REFERENCE) {
            code.invokevirtual(Abi.COROUTINE, "takeValue", MethodTypeDesc.of(ConstantDescs.CD_Object));
            cast(code, ConstantDescs.CD_Object, site.result().of());
        } else {
            code.getfield(Abi.COROUTINE, "bits", ConstantDescs.CD_long);
            narrow(site.result());
        }
    }

    private void narrow(Type type) {
        switch (type.kind()) {
            case LONG -> { }
            case FLOAT -> code.l2i().invokestatic(ConstantDescs.CD_Float, "intBitsToFloat",
                    MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_int));
            case DOUBLE -> code.invokestatic(ConstantDescs.CD_Double, "longBitsToDouble",
                    MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_long));
            default -> code.l2i();
        }
    }

    static void cast(CodeBuilder code, ClassDesc from, ClassDesc to) {
        if (!from.equals(to)) code.checkcast(to);
    }
}
