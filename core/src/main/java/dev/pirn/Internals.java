package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import jdk.internal.access.JavaLangAccess;
import jdk.internal.access.SharedSecrets;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/**
 * What {@code Continuation.run} and {@code yield} are made of, for {@link OwnContinuation} to call without
 * what they add for the scheduler of virtual threads: a round trip of 71 ns instead of 92 (the public methods
 * alone).
 *
 * <p>Private to the JDK, so it may change: all is looked up once, by name. Where anything is missing or the
 * packages are not opened to us, {@link #DIRECT} is false and the public methods do.
 */
final class Internals {
    static final boolean DIRECT;
    /** True if the user asked for the public methods: {@code -Dpirn.continuation=public}. */
    static final boolean UNWANTED = "public".equals(System.getProperty("pirn.continuation"));

    private static final MethodHandle ENTER_SPECIAL;
    private static final MethodHandle DO_YIELD;
    private static final MethodHandle YIELD0;
    private static final VarHandle PARENT;
    private static final VarHandle CHILD;
    private static final VarHandle YIELD_INFO;
    private static final VarHandle DONE;

    static {
        var methods = new MethodHandle[3];
        var fields = new VarHandle[4];
        boolean direct = false;
        if (!UNWANTED) {
            try {
                find(MethodHandles.privateLookupIn(Continuation.class, MethodHandles.lookup()), methods,
                        fields);
                direct = Access.carrier() != null;
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
                direct = false; // Whatever is missing: Backends says what would cure it.
            }
        }
        ENTER_SPECIAL = methods[0];
        DO_YIELD = methods[1];
        YIELD0 = methods[2];
        PARENT = fields[0];
        CHILD = fields[1];
        YIELD_INFO = fields[2];
        DONE = fields[3];
        DIRECT = direct;
    }

    private Internals() { }

    private static void find(Lookup lookup, MethodHandle[] methods, VarHandle[] fields)
            throws ReflectiveOperationException {
        Class<?> own = Continuation.class;
        methods[0] = lookup.findStatic(own, "enterSpecial",
                MethodType.methodType(void.class, own, boolean.class, boolean.class));
        methods[1] = lookup.findStatic(own, "doYield", MethodType.methodType(int.class));
        methods[2] = lookup.findVirtual(own, "yield0",
                MethodType.methodType(boolean.class, ContinuationScope.class, own));
        fields[0] = lookup.findVarHandle(own, "parent", own);
        fields[1] = lookup.findVarHandle(own, "child", own);
        fields[2] = lookup.findVarHandle(own, "yieldInfo", Object.class);
        fields[3] = lookup.findVarHandle(own, "done", boolean.class);
    }

    /** A class of its own, that links only where its package is exported to us. */
    private static final class Access {
        private static final JavaLangAccess JAVA_LANG = SharedSecrets.getJavaLangAccess();

        static Thread carrier() {
            return JAVA_LANG.currentCarrierThread();
        }

        static Continuation mounted(Thread carrier) {
            return JAVA_LANG.getContinuation(carrier);
        }

        static void mount(Thread carrier, Continuation continuation) {
            JAVA_LANG.setContinuation(carrier, continuation);
        }
    }

    /**
     * The scoped values that are bound in this thread, as a snapshot to compare; null if that cannot be told.
     */
    static Object scopedValues() {
        return DIRECT ? Access.JAVA_LANG.scopedValueBindings() : null;
    }

    /**
     * The innermost continuation of the carrier thread, anybody's; read by an intrinsic that nothing caches.
     */
    static Continuation mounted() {
        return Access.mounted(Access.carrier());
    }

    /**
     * Runs {@code own} on top of what runs now, until it yields or ends.
     *
     * @param again whether frames are suspended in it
     * @param outer what {@link #mounted} gives now
     */
    static void enter(Continuation own, boolean again, Continuation outer) {
        if (outer != null) PARENT.set(own, outer);
        Access.mount(Access.carrier(), own);
        switchTo(own, again, outer);
        if (outer == null) return;
        while (YIELD_INFO.get(own) != null) yieldOuter(own, outer);
        PARENT.set(own, (Continuation) null);
    }

    private static void switchTo(Continuation own, boolean again, Continuation outer) {
        try {
            ENTER_SPECIAL.invokeExact(own, again, false);
        } catch (Throwable e) {
            throw broken(e);
        } finally {
            VarHandle.storeStoreFence(); // As Continuation.run has it, against reordering around the switch.
            Access.mount(Access.carrier(), outer); // Perhaps another carrier: an outer yield moves us.
        }
    }

    /**
     * Lets the yield of an outer scope pass: a virtual thread that parks inside of us. As Continuation.run
     * does.
     */
    private static void yieldOuter(Continuation own, Continuation outer) {
        var scope = (ContinuationScope) (Object) YIELD_INFO.get(own);
        CHILD.set(outer, own);
        try {
            boolean ignored = (boolean) YIELD0.invokeExact(outer, scope, own);
        } catch (Throwable e) {
            throw broken(e);
        }
        CHILD.set(outer, (Continuation) null);
        Access.mount(Access.carrier(), own);
        switchTo(own, true, outer);
    }

    /** Makes one that is done as new, to run again: no frames are left in it. */
    static void renew(Continuation own) {
        DONE.set(own, false);
    }

    /** The carrier thread, by an intrinsic that nothing caches. */
    static Thread carrier() {
        return Access.carrier();
    }

    /** Suspends the innermost continuation; zero when it goes on, else at once why it cannot be suspended. */
    static int yieldInnermost() {
        try {
            return (int) DO_YIELD.invokeExact();
        } catch (Error e) {
            throw e; // No room for the frames.
        } catch (Throwable e) {
            throw broken(e);
        }
    }

    private static AssertionError broken(Throwable e) {
        return new AssertionError("the JDK's continuations changed; start with -Dpirn.continuation=public",
                e);
    }
}
