package dev.pirn.weaver;

/** Where the bytes of classes come from: folders, jars, a class loader. Called from one thread. */
@FunctionalInterface
public interface ClassSource {
    /** The class file of {@code name}, as in {@code java/lang/String}, or null if there is none. */
    byte[] find(String name);
}
