package dev.pirn.block.qcow2;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * How often bytes of a file are covered by areas, of which there may be many, that overlap as they like.
 *
 * <pre>
 *   areas      ├────────────┤
 *                  ├────────┼────────┤
 *   segments   │ 1 │   2    │   1    │
 * </pre>
 *
 * <p>So that a table which thousands of snapshots name is read once.
 */
final class Coverage {
    private final TreeMap<Long, Integer> changes = new TreeMap<>();

    /** Bytes that are covered {@code times} times each. */
    record Segment(long at, long length, int times) { }

    void add(long at, long length) {
        if (length == 0) return;
        changes.merge(at, 1, Integer::sum);
        changes.merge(at + length, -1, Integer::sum);
    }

    /** What is covered at all, in ascending order. */
    List<Segment> segments() {
        var segments = new ArrayList<Segment>();
        long at = 0;
        int times = 0;
        for (var each : changes.entrySet()) {
            if (times > 0 && each.getKey() > at) segments.add(new Segment(at, each.getKey() - at, times));
            at = each.getKey();
            times += each.getValue();
        }
        return segments;
    }
}
