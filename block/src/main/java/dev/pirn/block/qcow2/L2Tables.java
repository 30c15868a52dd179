package dev.pirn.block.qcow2;

import java.util.Arrays;

/** Which L2 tables there are, and how many L1 entries lead to each. */
final class L2Tables {
    private final Numbering numbers = new Numbering();
    private int[] totals = new int[16];
    private int[] actives = new int[16];

    void add(long table, int times, boolean active) {
        int number = numbers.number(table);
        if (number >= totals.length) {
            totals = Arrays.copyOf(totals, 2 * number);
            actives = Arrays.copyOf(actives, 2 * number);
        }
        totals[number] = (int) Math.min(Integer.MAX_VALUE, (long) totals[number] + times);
        if (active) actives[number] += times;
    }

    int size() {
        return numbers.size();
    }

    long at(int number) {
        return numbers.key(number);
    }

    /** L1 entries that lead there; snapshots' too. */
    int total(int number) {
        return totals[number];
    }

    /** Entries of the active L1 table that lead there. */
    int active(int number) {
        return actives[number];
    }
}
