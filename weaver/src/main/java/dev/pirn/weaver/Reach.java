package dev.pirn.weaver;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.List;

/** What may run after a site: the resume method has no more code than that. */
final class Reach {
    private final BitSet reached = new BitSet();
    private final BitSet sites = new BitSet();

    Reach(Body body, List<Integer> sitesAt) {
        var open = new ArrayDeque<Integer>();
        for (int each : sitesAt) {
            sites.set(each);
            body.successors(each, open::add);
        }
        while (!open.isEmpty()) {
            int index = open.poll();
            if (index >= body.size() || reached.get(index)) continue;
            reached.set(index);
            body.successors(index, open::add);
        }
    }

    /** Whether the instruction may run after a site has returned. */
    boolean contains(int index) {
        return reached.get(index);
    }

    /** Whether anything between the two runs after a site, or as a part of one. */
    boolean touches(int from, int to) {
        int first = Math.min(next(reached, from), next(sites, from));
        return first < to;
    }

    private static int next(BitSet set, int from) {
        int at = set.nextSetBit(from);
        return at < 0 ? Integer.MAX_VALUE : at;
    }
}
