package dev.pirn.weaver;

import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;

/**
 * What the verifier knows of a local or an operand. Locals that it knows nothing of are null.
 *
 * @param of for references alone
 * @param madeAt for objects without a constructor call yet: which instruction made it
 */
record Type(Kind kind, ClassDesc of, int madeAt) {
    enum Kind { INT, LONG, FLOAT, DOUBLE, REFERENCE, NULL, NEW }

    static final Type INT = new Type(Kind.INT, null, 0);
    static final Type LONG = new Type(Kind.LONG, null, 0);
    static final Type FLOAT = new Type(Kind.FLOAT, null, 0);
    static final Type DOUBLE = new Type(Kind.DOUBLE, null, 0);
    static final Type NULL = new Type(Kind.NULL, null, 0);

    /** What a value of a declared type is on the stack; null for void. */
    static Type of(ClassDesc declared) {
        return of(TypeKind.from(declared), declared);
    }

    static Type of(TypeKind kind, ClassDesc reference) {
        return switch (kind) {
            case LONG -> LONG;
            case FLOAT -> FLOAT;
            case DOUBLE -> DOUBLE;
            case REFERENCE -> new Type(Kind.REFERENCE, reference, 0);
            case VOID -> null;
            default -> INT;
        };
    }

    static Type made(int at) {
        return new Type(Kind.NEW, null, at);
    }

    boolean isNew() {
        return kind == Kind.NEW;
    }

    boolean isWide() {
        return kind == Kind.LONG || kind == Kind.DOUBLE;
    }

    int slots() {
        return isWide() ? 2 : 1;
    }

    /** How it is loaded and stored. */
    TypeKind typeKind() {
        return switch (kind) {
            case INT -> TypeKind.INT;
            case LONG -> TypeKind.LONG;
            case FLOAT -> TypeKind.FLOAT;
            case DOUBLE -> TypeKind.DOUBLE;
            default -> TypeKind.REFERENCE;
        };
    }

    /** The type of an element of this array. What is loaded from null is null, as far as code gets. */
    Type element() {
        boolean array = kind == Kind.REFERENCE && of.isArray();
        return array ? of(of.componentType()) : NULL;
    }

    /** The type of a field that can hold it. */
    ClassDesc fieldType() {
        return switch (kind) {
            case INT -> ConstantDescs.CD_int;
            case LONG -> ConstantDescs.CD_long;
            case FLOAT -> ConstantDescs.CD_float;
            case DOUBLE -> ConstantDescs.CD_double;
            default -> of;
        };
    }
}
