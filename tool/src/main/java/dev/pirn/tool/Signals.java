package dev.pirn.tool;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * SIGTERM, SIGINT and SIGHUP as the wish to end, and SIGUSR1 as the wish to see, until it is closed.
 *
 * <p>Not a shutdown hook: a JVM that ends by one has the exit code 143, unless the hook halts it, which would
 * cut off the other hooks (a Flight Recorder dump, for one). With a handler of our own the main thread ends
 * as if by itself.
 *
 * <p>SIGQUIT, which would be the custom, is the JVM's: it prints its threads. SIGUSR2 looks free, but HotSpot
 * suspends threads by it.
 */
final class Signals implements AutoCloseable {
    // sun.misc.Signal, in jdk.unsupported, is the only API for it, and supported for want of another (JEP
    // 260). By reflection, for javac warns of its name whatever one tells it, and our warnings are errors.
    private static final Class<?> SIGNAL = type("sun.misc.Signal");
    private static final Class<?> HANDLER = type("sun.misc.SignalHandler");

    private record Taken(Object signal, Object before) { }

    private final List<Taken> taken = new ArrayList<>();

    private Signals() { }

    /**
     * Has {@code wishToEnd} or {@code wishToSee} called, in a thread of the JVM's, at each of the signals
     * that come from now on.
     */
    static Signals handle(Runnable wishToEnd, Runnable wishToSee) {
        var signals = new Signals();
        for (String name : List.of("TERM", "INT", "HUP")) signals.take(name, handler(wishToEnd));
        signals.take("USR1", handler(wishToSee));
        return signals;
    }

    private static Object handler(Runnable wish) {
        return Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {HANDLER},
                (proxy, method, arguments) -> {
                    wish.run();
                    return null;
                });
    }

    private void take(String name, Object handler) {
        try {
            Object signal = SIGNAL.getConstructor(String.class).newInstance(name);
            taken.add(new Taken(signal, replace(signal, handler)));
        } catch (InvocationTargetException e) {
            // The system has no such signal, or the JVM was told to leave them alone (-Xrs): it ends as it
            // will.
            if (!(e.getCause() instanceof IllegalArgumentException)) throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object replace(Object signal, Object handler) throws ReflectiveOperationException {
        Method handle = SIGNAL.getMethod("handle", SIGNAL, HANDLER);
        return handle.invoke(null, signal, handler);
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("module jdk.unsupported is missing", e);
        }
    }

    /** Has the signals do what they did before. */
    @Override
    public void close() {
        for (Taken each : taken) {
            try {
                replace(each.signal(), each.before());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
