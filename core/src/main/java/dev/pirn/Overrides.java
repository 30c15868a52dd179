package dev.pirn;

import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * Tells of a class whether it overrides a woven method of its ancestor without having a twin of its own: then
 * it is not woven, and what it does must be run instead of the ancestor's twin. Remembered with the class, so
 * that neither keeps the other's loader alive.
 */
final class Overrides extends ClassValue<Boolean> {
    private final Class<?> host;
    private final String name;
    private final String descriptor;

    /** For the method of {@code host} of that name and descriptor, as class files have them. */
    Overrides(Class<?> host, String name, String descriptor) {
        this.host = host;
        this.name = name;
        this.descriptor = descriptor;
    }

    @Override
    protected Boolean computeValue(Class<?> receiver) {
        // What the JVM selects: a class's method before any interface's, the nearest first.
        for (Class<?> at = receiver; at != null && at != host; at = at.getSuperclass()) {
            if (overrides(at)) return !hasTwin(at);
        }
        return host.isInterface() && anyInterfaceWithoutTwin(receiver);
    }

    private boolean anyInterfaceWithoutTwin(Class<?> of) {
        for (Class<?> at = of; at != null; at = at.getSuperclass()) {
            for (Class<?> each : at.getInterfaces()) {
                if (each == host || !host.isAssignableFrom(each)) continue;
                if (overrides(each) ? !hasTwin(each) : anyInterfaceWithoutTwin(each)) return true;
            }
        }
        return false;
    }

    private boolean overrides(Class<?> at) {
        for (Method each : at.getDeclaredMethods()) {
            if (!each.getName().equals(name) || !descriptor(each).equals(descriptor)) continue;
            int flags = each.getModifiers();
            if (!Modifier.isStatic(flags) && !Modifier.isPrivate(flags) && seesHosts(at)) return true;
        }
        return false;
    }

    /** What is not open beyond its package cannot be overridden from elsewhere. */
    private boolean seesHosts(Class<?> at) {
        boolean samePackage = at.getClassLoader() == host.getClassLoader()
                && at.getPackageName().equals(host.getPackageName());
        if (samePackage) return true;
        for (Method each : host.getDeclaredMethods()) {
            if (!each.getName().equals(name) || !descriptor(each).equals(descriptor)) continue;
            return Modifier.isPublic(each.getModifiers()) || Modifier.isProtected(each.getModifiers());
        }
        return false;
    }

    private boolean hasTwin(Class<?> at) {
        int end = descriptor.indexOf(')');
        String coroutine = Coroutine.class.descriptorString();
        String twin = descriptor.substring(0, end) + coroutine + descriptor.substring(end);
        for (Method each : at.getDeclaredMethods()) {
            if (each.getName().equals(name + "$co") && descriptor(each).equals(twin)) return true;
        }
        return false;
    }

    private static String descriptor(Method method) {
        return MethodType.methodType(method.getReturnType(), method.getParameterTypes()).descriptorString();
    }
}
