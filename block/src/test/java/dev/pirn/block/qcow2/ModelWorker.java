package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.block.BlockDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * One of those who write, zero, discard and read a disk at the same time, each its own bytes, which lie in
 * stripes side by side, and compares them with an array.
 * <pre>
 *   clusters   │           │           │           │
 *   owner      0 0 1 1 1 1 2 2 0 0 0 0 1 1 2 2 2 2 0 0 │ all: written, zeroed and discarded at a time
 * </pre>
 * What becomes of the bytes that are all's is not looked at; of the clusters below them it is, for they must
 * never become those of other bytes.
 */
final class ModelWorker {
    static final int COUNT = 4;
    private static final int OPERATIONS = 25;
    private static final int UNIT = 4 << 10;
    /** What the disk has behind the array. */
    static final int SHARED_SIZE = 4 * UNIT;
    private static final byte DISTURBED = (byte) 0xff;

    private final BlockDevice disk;
    private final byte[] model;
    private final RandomGenerator random;
    private final int number;
    private final int stripe;

    ModelWorker(BlockDevice disk, byte[] model, RandomGenerator random, int number, int stripe) {
        this.disk = disk;
        this.model = model;
        this.random = random;
        this.number = number;
        this.stripe = stripe;
    }

    void work() throws Exception {
        for (int i = 0; i < OPERATIONS; i++) {
            disturb();
            int stripes = model.length / stripe / COUNT;
            int start = (random.nextInt(stripes) * COUNT + number) * stripe;
            int from = start + random.nextInt(stripe);
            int to = from + 1 + random.nextInt(start + stripe - from);
            if (random.nextInt(3) == 0) { // Often all of it: whole clusters.
                from = start;
                to = start + stripe;
            }
            step(from, to, i);
        }
    }

    /** Does anything to whole clusters that others work on, too. */
    private void disturb() throws Exception {
        long from = model.length + (long) random.nextInt(SHARED_SIZE / UNIT) * UNIT;
        long length = Math.min((1 + random.nextInt(4)) * UNIT, disk.size() - from);
        switch (random.nextInt(4)) {
            case 0 -> disk.writeZeroes(from, length, random.nextBoolean(), false);
            case 1 -> disk.discard(from, length);
            case 2 -> disk.write(from, memory((int) length).fill(DISTURBED), false);
            default -> disk.write(from + 100, memory(300).fill(DISTURBED), false);
        }
        if (random.nextInt(4) == 0) disk.flush();
    }

    private void step(int from, int to, int i) throws Exception {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                byte value = (byte) (1 + number * OPERATIONS + i);
                disk.write(from, memory(to - from).fill(value), random.nextInt(10) == 0);
                Arrays.fill(model, from, to, value);
            }
            case 3 -> {
                disk.writeZeroes(from, to - from, random.nextBoolean(), false);
                Arrays.fill(model, from, to, (byte) 0);
            }
            case 4 -> {
                disk.discard(from, to - from);
                byte[] left = read(disk, from, to - from);
                for (int at = 0; at < left.length; at++) {
                    assertTrue(left[at] == 0 || left[at] == model[from + at], "discarded at " + at);
                }
                System.arraycopy(left, 0, model, from, left.length);
            }
            case 5 -> disk.flush();
            default -> assertArrayEquals(Arrays.copyOfRange(model, from, to),
                    read(disk, from, to - from), "bytes at " + from);
        }
    }

    private static MemorySegment memory(int length) {
        return Arena.ofAuto().allocate(length);
    }

    static byte[] read(BlockDevice disk, long offset, int length) throws Exception {
        MemorySegment target = memory(length);
        disk.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }
}
