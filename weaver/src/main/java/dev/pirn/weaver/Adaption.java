package dev.pirn.weaver;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Map;

/** Turns a value of one type into that of another, as LambdaMetafactory does: casts, boxes, widens. */
final class Adaption {
    private static final Map<ClassDesc, ClassDesc> BOXES = Map.of(
            ConstantDescs.CD_boolean, ConstantDescs.CD_Boolean, ConstantDescs.CD_byte, ConstantDescs.CD_Byte,
            ConstantDescs.CD_short, ConstantDescs.CD_Short, ConstantDescs.CD_char, ConstantDescs.CD_Character,
            ConstantDescs.CD_int, ConstantDescs.CD_Integer, ConstantDescs.CD_long, ConstantDescs.CD_Long,
            ConstantDescs.CD_float, ConstantDescs.CD_Float, ConstantDescs.CD_double, ConstantDescs.CD_Double);

    private Adaption() { }

    /**
     * Converts what lies on the stack.
     *
     * @param known the type that it is known to have besides {@code from}, by a type argument
     */
    static void write(CodeBuilder code, ClassDesc from, ClassDesc known, ClassDesc to) {
        if (to.equals(ConstantDescs.CD_void)) {
            drop(code, from);
        } else if (from.isPrimitive() && to.isPrimitive()) {
            widen(code, from, to);
        } else if (from.isPrimitive()) {
            box(code, from);
        } else if (to.isPrimitive()) {
            unbox(code, known, to);
        } else {
            cast(code, from, known);
            cast(code, known, to);
        }
    }

    private static void drop(CodeBuilder code, ClassDesc from) {
        switch (TypeKind.from(from).slotSize()) {
            case 1 -> code.pop();
            case 2 -> code.pop2();
            default -> { }
        }
    }

    private static void widen(CodeBuilder code, ClassDesc from, ClassDesc to) {
        TypeKind source = TypeKind.from(from).asLoadable();
        TypeKind target = TypeKind.from(to).asLoadable();
        if (source != target) code.conversion(source, target);
    }

    private static void box(CodeBuilder code, ClassDesc from) {
        ClassDesc box = BOXES.get(from);
        code.invokestatic(box, "valueOf", MethodTypeDesc.of(box, from));
    }

    private static void unbox(CodeBuilder code, ClassDesc known, ClassDesc to) {
        ClassDesc primitive = to;
        for (var each : BOXES.entrySet()) {
            if (each.getValue().equals(known)) primitive = each.getKey();
        }
        ClassDesc box = BOXES.get(primitive);
        code.checkcast(box);
        code.invokevirtual(box, primitive.displayName() + "Value", MethodTypeDesc.of(primitive));
        widen(code, primitive, to);
    }

    private static void cast(CodeBuilder code, ClassDesc from, ClassDesc to) {
        if (!from.equals(to) && !to.equals(ConstantDescs.CD_Object) && !to.isPrimitive()) code.checkcast(to);
    }

    /** Whether a result of the one type travels as one of the other does. */
    static boolean travelsAs(ClassDesc from, ClassDesc to) {
        boolean none = to.equals(ConstantDescs.CD_void);
        return none || TypeKind.from(from).asLoadable() == TypeKind.from(to).asLoadable();
    }
}
