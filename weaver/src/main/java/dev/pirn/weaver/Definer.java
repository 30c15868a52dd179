package dev.pirn.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Defines classes in the loaders of others.
 *
 * <p>That takes {@code ClassLoader.defineClass}, which the JDK opens to nobody. It is opened to a class
 * loader of our own with one class in it: opened to ourselves, it would be open to the program's whole class
 * path.
 */
final class Definer {
    private final MethodHandle define;
    private final MethodHandle findLoaded;

    Definer(Instrumentation jvm) throws ReflectiveOperationException {
        var own = new Own();
        jvm.redefineModule(Object.class.getModule(), Set.of(), Map.of(),
                Map.of("java.lang", Set.of(own.getUnnamedModule())), Set.of(), Map.of());
        var make = own.inside().getDeclaredConstructor();
        make.setAccessible(true);
        var lookup = (Lookup) ((Supplier<?>) make.newInstance()).get();
        define = lookup.findVirtual(ClassLoader.class, "defineClass", MethodType.methodType(Class.class,
                String.class, byte[].class, int.class, int.class, ProtectionDomain.class));
        findLoaded = lookup.findVirtual(ClassLoader.class, "findLoadedClass",
                MethodType.methodType(Class.class, String.class));
    }

    /** Does nothing if the class is there: a host may be loaded by two threads, of which one wins. */
    void define(ClassLoader loader, String name, byte[] bytes, ProtectionDomain domain) throws Throwable {
        String dotted = name.replace('/', '.');
        if ((Class<?>) findLoaded.invokeExact(loader, dotted) != null) return;
        try {
            var _ = (Class<?>) define.invokeExact(loader, dotted, bytes, 0, bytes.length, domain);
        } catch (LinkageError e) {
            if ((Class<?>) findLoaded.invokeExact(loader, dotted) == null) throw e;
        }
    }

    /** Whose class path is one class. */
    private static final class Own extends ClassLoader {
        Own() {
            super(null);
        }

        Class<?> inside() {
            String name = Inside.class.getName();
            try (InputStream in = Definer.class.getResourceAsStream("Definer$Inside.class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What runs there. */
    private static final class Inside implements Supplier<Lookup> {
        @Override
        public Lookup get() {
            try {
                return MethodHandles.privateLookupIn(ClassLoader.class, MethodHandles.lookup());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("java.lang was not opened to the agent", e);
            }
        }
    }
}
