package dev.pirn;

import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.VarHandle;

/** Finds fields for atomic access, which cannot fail. */
final class Handles {
    private Handles() { }

    /** The instance field {@code name} of the class that looks it up. */
    static VarHandle of(Lookup lookup, String name, Class<?> type) {
        try {
            return lookup.findVarHandle(lookup.lookupClass(), name, type);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
