package dev.pirn.weaver;

/**
 * One place in a method's code that leads to another method.
 *
 * @param target through which class it is called, not yet where it is declared
 * @param line in the source, or 0
 * @param locked whether a monitor is held there
 * @param as the interface method as which the target is handed over; null if it is called
 */
record Call(Kind kind, MethodRef target, int line, boolean locked, MethodRef as) {
    /** How it leads there. */
    enum Kind {
        /** To this very method: static, private, super, or a constructor. */
        EXACT,
        /** To this one, or one that overrides it. */
        VIRTUAL,
        /** To a field that is read, which stands for what is done with it. */
        FIELD,
        /** A lambda or a method reference: somebody else calls it. */
        HANDOVER
    }
}
