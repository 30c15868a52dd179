package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/**
 * What {@code Continuation.run} and {@code yield} are made of, for {@link ContinuationStack} to call without what
 * they add for the scheduler of virtual threads.
 *
 * <p>Private to the JDK, so it may change: all is looked up once, by name. Where anything is missing, or the
 * package is not opened to us, {@link #DIRECT} is false and the public methods do.
 */
final class Internals {
    /** {@code void (Continuation, boolean isContinue, boolean isVirtualThread)} */
    static final MethodHandle ENTER_SPECIAL;
    /** {@code int ()}: zero, or the reason why the frames are pinned */
    static final MethodHandle DO_YIELD;
    /** {@code boolean (Continuation parent, ContinuationScope, Continuation child)} */
    static final MethodHandle YIELD0;
    /** {@code Thread ()}: from the JVM's own intrinsic, never cached across a switch as currentThread is */
    static final MethodHandle CARRIER;
    /** {@code Continuation (Thread)} and {@code void (Thread, Continuation)}: the innermost one of a carrier */
    static final MethodHandle MOUNTED;
    static final MethodHandle MOUNT;
    static final VarHandle DONE;
    static final VarHandle PARENT;
    static final VarHandle CHILD;
    static final VarHandle YIELD_INFO;
    static final boolean DIRECT;

    static {
        var methods = new MethodHandle[6];
        var fields = new VarHandle[4];
        boolean direct = false;
        if (!Boolean.getBoolean("pirn.public")) {
            try {
                Lookup lookup = MethodHandles.privateLookupIn(Continuation.class, MethodHandles.lookup());
                find(lookup, methods);
                find(lookup, fields);
                direct = true;
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {e.printStackTrace();
                direct = false; // Backends says what is in use, and why.
            }
        }
        ENTER_SPECIAL = methods[0];
        DO_YIELD = methods[1];
        YIELD0 = methods[2];
        CARRIER = methods[3];
        MOUNTED = methods[4];
        MOUNT = methods[5];
        DONE = fields[0];
        PARENT = fields[1];
        CHILD = fields[2];
        YIELD_INFO = fields[3];
        DIRECT = direct;
    }

    private Internals() { }

    private static void find(Lookup lookup, MethodHandle[] methods) throws ReflectiveOperationException {
        Class<?> own = Continuation.class;
        methods[0] = lookup.findStatic(own, "enterSpecial",
                MethodType.methodType(void.class, own, boolean.class, boolean.class));
        methods[1] = lookup.findStatic(own, "doYield", MethodType.methodType(int.class));
        methods[2] = lookup.findVirtual(own, "yield0",
                MethodType.methodType(boolean.class, ContinuationScope.class, own));
        Class<?> access = jdk.internal.access.JavaLangAccess.class;
        Object jla = jdk.internal.access.SharedSecrets.getJavaLangAccess();
        lookup = MethodHandles.lookup();
        methods[3] = lookup.findVirtual(access, "currentCarrierThread", MethodType.methodType(Thread.class))
                .bindTo(jla);
        methods[4] = lookup.findVirtual(access, "getContinuation", MethodType.methodType(own, Thread.class))
                .bindTo(jla);
        methods[5] = lookup.findVirtual(access, "setContinuation",
                MethodType.methodType(void.class, Thread.class, own)).bindTo(jla);
    }

    private static void find(Lookup lookup, VarHandle[] fields) throws ReflectiveOperationException {
        fields[0] = lookup.findVarHandle(Continuation.class, "done", boolean.class);
        fields[1] = lookup.findVarHandle(Continuation.class, "parent", Continuation.class);
        fields[2] = lookup.findVarHandle(Continuation.class, "child", Continuation.class);
        fields[3] = lookup.findVarHandle(Continuation.class, "yieldInfo", Object.class);
    }
}
