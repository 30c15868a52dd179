package dev.pirn.block.qcow2;

import java.util.List;

/** How snapshots are looked for, and what a new one is called, as QEMU does it. */
final class SnapshotNames {
    private SnapshotNames() { }

    /** As {@link Snapshots#find} says. */
    static Snapshot find(List<Snapshot> among, String idOrName) {
        for (Snapshot each : among) {
            if (each.id().equals(idOrName)) return each;
        }
        for (Snapshot each : among) {
            if (each.name().equals(idOrName)) return each;
        }
        if (!idOrName.startsWith("snapshot.")) return null;
        List<String> parts = List.of(idOrName.split(",", 2));
        for (Snapshot each : among) {
            var said = List.of("snapshot.id=" + each.id(), "snapshot.name=" + each.name());
            if (said.containsAll(parts)) return each;
        }
        return null;
    }

    /** The id of one more. */
    static String newId(List<SnapshotEntry> entries) {
        return Long.toString(idMax(entries) + 1);
    }

    /** Of those ids that are numbers, or begin with one, as QEMU counts them. */
    private static long idMax(List<SnapshotEntry> entries) {
        long max = 0;
        for (SnapshotEntry each : entries) {
            String id = each.snapshot().id();
            long number = 0;
            for (int i = 0; i < id.length() && number < Integer.MAX_VALUE; i++) {
                int digit = id.charAt(i) - '0';
                if (digit < 0 || digit > 9) break;
                number = number * 10 + digit;
            }
            max = Math.max(max, number);
        }
        return max;
    }
}
