package dev.pirn.nbd;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which bytes of a READ have come. They may come in any order, but each once; pieces that touch become one,
 * so that it stays small for all servers but hostile ones.
 */
final class Pieces {
    private final TreeMap<Long, Long> ends = new TreeMap<>(); // By first byte.
    private long covered;

    /** Adds {@code length} bytes, or returns false: some have come already. */
    boolean add(long offset, long length) {
        Map.Entry<Long, Long> before = ends.floorEntry(offset);
        Long after = ends.ceilingKey(offset);
        long end = offset + length;
        if (before != null && before.getValue() > offset) return false;
        if (after != null && after < end) return false;

        covered += length;
        if (after != null && after == end) end = ends.remove(after);
        boolean touches = before != null && before.getValue() == offset;
        ends.put(touches ? before.getKey() : offset, end);
        return true;
    }

    /** How many there are that do not touch. */
    int count() {
        return ends.size();
    }

    /** Bytes in all of them. */
    long covered() {
        return covered;
    }
}
