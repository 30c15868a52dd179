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

    int size() {
        return size;
    }

    long key(int number) {
        return keys[number];
    }

    /** The number of {@code key}; -1 if it has none. */
    int find(long key) {
        return slots[slot(key)] - 1;
    }

    /** The number of {@code key}, which gets one if it had none. */
    int number(long key) {
        int slot = slot(key);
        if (slots[slot] != 0) return slots[slot] - 1;
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
