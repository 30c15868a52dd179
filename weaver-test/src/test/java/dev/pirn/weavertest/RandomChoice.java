package dev.pirn.weavertest;

import java.util.List;
import java.util.SplittableRandom;

/** The dice of one random program: the same for the same seed, on every JVM. */
final class RandomChoice {
    private final SplittableRandom random;
    private int names;

    RandomChoice(long seed) {
        random = new SplittableRandom(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }

    <T> T of(List<T> all) {
        return all.get(below(all.size()));
    }

    @SafeVarargs
    final <T> T of(T... all) {
        return all[below(all.length)];
    }

    /** One that the program has not yet. */
    String name(String prefix) {
        return prefix + ++names;
    }
}
