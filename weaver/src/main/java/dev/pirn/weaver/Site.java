package dev.pirn.weaver;

import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import java.util.SortedMap;

/**
 * A call of a coroutine function, at which the method may be suspended.
 *
 * @param index its place in the body
 * @param pc what the frame calls it: from 1 on
 * @param below the operands under the call's arguments, bottom first; without objects to be made later
 * @param live the locals that are read afterwards, by slot
 */
record Site(int index, int pc, InvokeInstruction call, int line, List<Type> below,
            SortedMap<Integer, Type> live) {
    /** How many operands the call takes, the receiver included. */
    static int operands(InvokeInstruction call) {
        return call.typeSymbol().parameterCount() + (call.opcode() == Opcode.INVOKESTATIC ? 0 : 1);
    }

    Type result() {
        return Type.of(call.typeSymbol().returnType());
    }
}
