package dev.pirn.weavertest;

/** The types that random programs have values of. */
enum RandomType {
    BOOLEAN("boolean", "false"), BYTE("byte", "(byte) 0"), SHORT("short", "(short) 0"), CHAR("char", "'z'"),
    INT("int", "0"), LONG("long", "0L"), FLOAT("float", "0f"), DOUBLE("double", "0.0"),
    STRING("String", "\"\""), INTEGER("Integer", "null"), OBJECT("Object", "null"), BOX("Box", "null"),
    INTS("int[]", "new int[2]"), LONGS("long[]", "new long[3]"), OBJECTS("Object[]", "new Object[2]");

    final String text;
    final String zero; // What a function returns that has no more fuel.

    RandomType(String text, String zero) {
        this.text = text;
        this.zero = zero;
    }

    boolean isNumber() {
        return this != BOOLEAN && isPrimitive();
    }

    boolean isPrimitive() {
        return ordinal() <= DOUBLE.ordinal();
    }

    /** Of an array's elements. */
    RandomType element() {
        return switch (this) {
            case INTS -> INT;
            case LONGS -> LONG;
            case OBJECTS -> OBJECT;
            default -> throw new IllegalArgumentException(text + " is no array");
        };
    }
}
