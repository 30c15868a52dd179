package dev.pirn.sim;

import java.util.List;
import java.util.random.RandomGenerator;

/** Chance that a seed decides (SplitMix64), the same in every JVM. */
final class Seeded implements RandomGenerator {
    private long state;

    Seeded(long seed) {
        state = seed;
    }

    /** Spreads {@code bits}, so that neighbours have nothing in common. */
    static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    @Override
    public long nextLong() {
        state += 0x9e3779b97f4a7c15L;
        return mix(state);
    }

    /** From 0 to {@code bound} - 1. The bias of the remainder is far below what a test can see. */
    int below(int bound) {
        return bound == 1 ? 0 : (int) Long.remainderUnsigned(nextLong(), bound);
    }

    /** From 0 to {@code max}. */
    long upTo(long max) {
        return max == 0 ? 0 : Long.remainderUnsigned(nextLong(), max + 1);
    }

    /** True with this probability. Asks for no number if that is 0: a fault that is off costs none. */
    boolean chance(double probability) {
        return probability > 0 && nextDouble() < probability;
    }

    void shuffle(List<?> list) {
        for (int i = list.size() - 1; i > 0; i--) swap(list, i, below(i + 1));
    }

    private static <T> void swap(List<T> list, int i, int j) {
        list.set(i, list.set(j, list.get(i)));
    }
}
