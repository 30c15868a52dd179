package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.reflect.AccessFlag;

/** Writes the call of the plain method with the twin's arguments, and returns its result. */
final class PlainCall {
    private PlainCall() { }

    static void write(CodeBuilder code, Names names) {
        if (names.isStatic || names.method.flags().has(AccessFlag.PRIVATE)) {
            writeExact(code, names);
            return;
        }
        code.aload(0);
        Abi.loadArguments(code, names.type, 1);
        if (names.inInterface) {
            code.invokeinterface(names.self, names.name, names.type);
        } else {
            code.invokevirtual(names.self, names.name, names.type);
        }
        code.return_(names.returns);
    }

    /** Of the host's own method, even if the receiver's class overrides it. */
    static void writeExact(CodeBuilder code, Names names) {
        if (!names.isStatic) code.aload(0);
        Abi.loadArguments(code, names.type, names.isStatic ? 0 : 1);
        if (names.isStatic) {
            code.invokestatic(names.self, names.name, names.type, names.inInterface);
        } else {
            code.invokespecial(names.self, names.name, names.type, names.inInterface);
        }
        code.return_(names.returns);
    }
}
