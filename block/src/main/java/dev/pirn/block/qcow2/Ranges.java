package dev.pirn.block.qcow2;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Bytes of a file: ranges apart from one another, for those that touch become one. For one thread. */
final class Ranges {
    /** Where each ends, by where it begins. */
    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    void clear() {
        ends.clear();
    }

    int count() {
        return ends.size();
    }

    /** Adds bytes, some of which may be there. */
    void add(long from, long to) {
        if (from >= to) return;
        long first = from;
        long last = to;
        for (var each = ends.floorEntry(last); each != null && each.getValue() >= first;
                each = ends.floorEntry(last)) {
            first = Math.min(first, each.getKey());
            last = Math.max(last, each.getValue());
            ends.remove(each.getKey());
        }
        ends.put(first, last);
    }

    /** Takes bytes out, some of which may not be there. */
    void remove(long from, long to) {
        if (from >= to) return;
        for (var each = ends.lowerEntry(to); each != null && each.getValue() > from;
                each = ends.lowerEntry(to)) {
            ends.remove(each.getKey());
            if (each.getValue() > to) ends.put(to, each.getValue());
            if (each.getKey() < from) ends.put(each.getKey(), from);
        }
    }

    /** Whether a byte of them is from {@code from} on and before {@code to}. */
    boolean overlaps(long from, long to) {
        Map.Entry<Long, Long> last = ends.lowerEntry(to);
        return last != null && last.getValue() > from;
    }
}
