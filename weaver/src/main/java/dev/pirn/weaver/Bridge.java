package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.util.List;

/**
 * A method that the compiler made to call another with the same arguments, and to return its result. Its twin
 * passes through to the other's, and needs no frame: that of the other has the same result.
 */
final class Bridge {
    private final Body body;

    private Bridge(Body body) {
        this.body = body;
    }

    /** The method as a bridge, or null if it is none. */
    static Bridge of(Body body, List<Integer> sites) {
        boolean marked = (body.method.flags().flagsMask() & ClassFile.ACC_BRIDGE) != 0;
        if (!marked || sites.size() != 1 || !body.ranges.isEmpty()) return null;
        int site = sites.getFirst();
        for (int i = 0; i < body.size(); i++) {
            if (!(body.get(i) instanceof Instruction instruction) || i == site) continue;
            boolean passes = i < site
                    ? instruction instanceof LoadInstruction || instruction instanceof TypeCheckInstruction
                    : instruction instanceof ReturnInstruction;
            if (!passes) return null;
        }
        return new Bridge(body);
    }

    void write(CodeBuilder code, int co) {
        for (CodeElement each : body.elements) {
            switch (each) {
                case InvokeInstruction call -> { // The site: there is no other.
                    code.aload(co);
                    SiteCode.callTwin(code, call);
                }
                case LineNumber line -> code.with(line);
                case Instruction instruction -> code.with(instruction);
                default -> { }
            }
        }
    }
}
