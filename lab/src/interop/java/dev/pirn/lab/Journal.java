package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a writer did to a disk, and what of that must be there after its server was killed.
 *
 * <pre>
 *   versions of a block   0 base   1 …   2 …   3 …   4 …
 *                                  floor       acked sent
 *                                  └─────may be found────┘    flush: floor = what was acked when it began
 * </pre>
 *
 * <p>Who writes a block does so one request at a time. For one thread.
 */
final class Journal {
    static final int BLOCK = 4 << 10;
    private static final int SECTOR = 512;
    private static final long BASE = -1;

    private final byte[] base;
    private final List<List<Long>> values = new ArrayList<>();
    private final int[] floor;
    private final int[] acked;
    private long next;

    /** Begins with what the disk has now. */
    Journal(byte[] base) {
        this.base = base;
        int blocks = base.length / BLOCK;
        this.floor = new int[blocks];
        this.acked = new int[blocks];
        for (int i = 0; i < blocks; i++) values.add(new ArrayList<>(List.of(BASE)));
    }

    int blocks() {
        return floor.length;
    }

    /** Notes that blocks will be written; returns the bytes: no two writes have the same. */
    MemorySegment write(int first, int count) {
        MemorySegment bytes = Arena.ofAuto().allocate((long) count * BLOCK, Long.BYTES);
        for (int i = 0; i < count; i++) {
            long value = (long) (first + i) << 40 | ++next;
            values.get(first + i).add(value);
            for (long at = 0; at < BLOCK; at += Long.BYTES) {
                bytes.set(ValueLayout.JAVA_LONG, (long) i * BLOCK + at, value);
            }
        }
        return bytes;
    }

    void zero(int first, int count) {
        for (int i = first; i < first + count; i++) values.get(i).add(0L);
    }

    /** Notes that what was last noted of these blocks was acknowledged. */
    void ack(int first, int count) {
        for (int i = first; i < first + count; i++) acked[i] = values.get(i).size() - 1;
    }

    /** What the flush that begins now will have made safe. */
    int[] beginFlush() {
        return acked.clone();
    }

    void ackFlush(int[] begun) {
        Arrays.setAll(floor, i -> Math.max(floor[i], begun[i]));
    }

    void ackFua(int first, int count) {
        ack(first, count);
        System.arraycopy(acked, first, floor, first, count);
    }

    /** Fails unless every sector of {@code found} is one that may be there. */
    void check(byte[] found) {
        for (int at = 0; at < found.length; at += SECTOR) {
            int block = at / BLOCK;
            List<Long> all = values.get(block);
            List<Long> allowed = all.subList(floor[block], all.size());
            long first = MemorySegment.ofArray(found).get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            boolean fine = allowed.contains(first) && isAllOf(found, at, first)
                    || allowed.contains(BASE) && Arrays.equals(found, at, at + SECTOR, base, at, at + SECTOR);
            int offset = at;
            assertTrue(fine, () -> "at %d is 0x%x, of versions %s from %d on, of which %d were acknowledged"
                    .formatted(offset, first, all.stream().map(Long::toHexString).toList(), floor[block],
                            acked[block]));
        }
    }

    private static boolean isAllOf(byte[] found, int from, long value) {
        MemorySegment sector = MemorySegment.ofArray(found).asSlice(from, SECTOR);
        for (long at = 0; at < SECTOR; at += Long.BYTES) {
            if (sector.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != value) return false;
        }
        return true;
    }

    /** How many writes it knows of. */
    long count() {
        return next;
    }
}
