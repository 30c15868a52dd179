package dev.pirn.block.qcow2;

import java.util.Arrays;

/**
 * Numbers longs from 0 on, in the order in which they come. Takes 24 bytes for each at most, where a map of
 * the JDK's takes some 80: an image may have millions of tables.
 */
final class Numbering {
    private long[] keys = new long[16];
    /** Numbers + 1 by hash, open addressing; a power of two, half empty at least. */
    private int[] slots = new int[64];
    private int size;
    /** Number + 1 of the key that was asked for last, which many are again. */
    private int last;

    int size() {
        return size;
    }

    long key(int number) {
        return keys[number];
    }

    /** The number of {@code key}; -1 if it has none. */
    int find(long key) {
        if (last != 0 && keys[last - 1] == key) return last - 1;
        int found = slots[slot(key)];
        if (found != 0) last = found;
        return found - 1;
    }

    /** The number of {@code key}, which gets one if it had none. */
    int number(long key) {
        int found = find(key);
        if (found >= 0) return found;
        int slot = slot(key);
        if (size == keys.length) keys = Arrays.copyOf(keys, 2 * size);
        keys[size++] = key;
        slots[slot] = size;
        if (2 * size > slots.length) grow();
        return size - 1;
    }

    private int slot(long key) {
        int mask = slots.length - 1;
        int slot = (int) (key * 0x9e37_79b9_7f4a_7c15L >>> 32) & mask;
        while (slots[slot] != 0 && keys[slots[slot] - 1] != key) slot = slot + 1 & mask;
        return slot;
    }

    private void grow() {
        slots = new int[2 * slots.length];
        for (int i = 0; i < size; i++) slots[slot(keys[i])] = i + 1;
    }
}
