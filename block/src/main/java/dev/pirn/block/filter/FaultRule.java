package dev.pirn.block.filter;

import java.util.Set;

/**
 * One rule of a {@link FaultSpec}: what happens, to which requests.
 *
 * @param text as it was written
 * @param operations those it is about
 * @param start first byte of the range that a request must touch
 * @param end the byte behind it; {@link Long#MAX_VALUE} for none
 * @param nth the only request that is meant, counted from 1; 0 for no such choice
 * @param every every such request is meant; 1 for each
 * @param rate how probable it is that one is meant, above 0 and at most 1
 * @param countMax how many are at most
 * @param seed what the chances come from
 * @param delayNanos how long it waits, at least
 * @param jitterNanos how much longer at most
 * @param error what it fails with then; null for nothing
 * @param partly whether it does the first half before it fails
 */
record FaultRule(String text, Set<FaultOperation> operations, long start, long end, long nth, long every,
        double rate, long countMax, long seed, long delayNanos, long jitterNanos, FaultError error,
        boolean partly) {
    private static final int SECTOR_SIZE = 512;

    /** Whether such a request is counted by this rule. */
    boolean isAbout(FaultOperation operation, long offset, long length) {
        if (!operations.contains(operation) || partly && !operation.hasParts()) return false;
        boolean everywhere = start == 0 && end == Long.MAX_VALUE;
        return everywhere || operation.hasRange && offset < end && start - offset < length;
    }

    /** Whether the {@code n}-th request that it is about is meant, counted from 1. */
    boolean means(long n) {
        if (nth > 0) return n == nth;
        return n % every == 0 && (rate == 1 || chance(2 * n) < rate);
    }

    /** How long the {@code n}-th waits, in nanoseconds. */
    long delayNanos(long n) {
        return delayNanos + (long) (chance(2 * n + 1) * jitterNanos);
    }

    /** How much of it is done before it fails: half, in whole sectors. */
    long part(long length) {
        return partly ? length / 2 / SECTOR_SIZE * SECTOR_SIZE : 0;
    }

    /**
     * A number from 0, and less than 1, that only the seed and {@code n} decide. No generator that goes on
     * from number to number: requests of several loops would have to take turns at it. Its steps are those of
     * SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
     */
    private double chance(long n) {
        long z = seed + n * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return ((z ^ z >>> 31) >>> 11) * 0x1p-53;
    }
}
