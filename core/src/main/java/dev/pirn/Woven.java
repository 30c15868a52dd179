package dev.pirn;

/**
 * Says of a class that its coroutine functions are woven. The weaver adds it; declared by hand it makes
 * {@link Coroutine#create} choose a backend on which un-woven code cannot yield.
 */
public interface Woven {
}
