package dev.pirn.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file's content: as it reads now, as it is safe, and all that a sector was in between. A hole costs
 * nothing.
 */
final class Inode {
    static final int SECTOR_SIZE = 512;
    private static final byte[] ZEROES = new byte[SECTOR_SIZE];

    /** Whether it is a directory, which has no content. */
    final boolean directory;
    private final TreeMap<Long, byte[]> now = new TreeMap<>();
    private final Map<Long, byte[]> safe = new HashMap<>();
    /** Sectors that were written since they were safe last, with all that was in them, the newest last. */
    private final TreeMap<Long, List<byte[]>> versions = new TreeMap<>();
    /** Those of a force that failed: they are not written by the next. */
    private final Map<Long, List<byte[]>> given = new HashMap<>();
    private long size;
    private final List<Long> sizes = new ArrayList<>(List.of(0L));

    Inode(boolean directory) {
        this.directory = directory;
    }

    long size() {
        return size;
    }

    long sectorCount() {
        return now.size();
    }

    /** How many sectors a write of that range would add. */
    long added(long offset, int length) {
        long first = offset / SECTOR_SIZE;
        long last = (offset + length - 1) / SECTOR_SIZE;
        return last - first + 1 - now.subMap(first, true, last, true).size();
    }

    void read(long offset, byte[] target) {
        for (int done = 0; done < target.length; ) {
            long at = offset + done;
            int within = (int) (at % SECTOR_SIZE);
            int count = Math.min(SECTOR_SIZE - within, target.length - done);
            System.arraycopy(now.getOrDefault(at / SECTOR_SIZE, ZEROES), within, target, done, count);
            done += count;
        }
    }

    void write(long offset, byte[] source) {
        for (int done = 0; done < source.length; ) {
            long at = offset + done;
            int within = (int) (at % SECTOR_SIZE);
            int count = Math.min(SECTOR_SIZE - within, source.length - done);
            byte[] changed = now.getOrDefault(at / SECTOR_SIZE, ZEROES).clone();
            System.arraycopy(source, done, changed, within, count);
            put(at / SECTOR_SIZE, changed);
            done += count;
        }
        if (offset + source.length > size) resize(offset + source.length);
    }

    private void put(long sector, byte[] content) {
        now.put(sector, content);
        versions.computeIfAbsent(sector, each -> new ArrayList<>()).add(content);
    }

    void truncate(long length) {
        if (length >= size) return;
        long last = length / SECTOR_SIZE;
        if (length % SECTOR_SIZE != 0 && now.containsKey(last)) {
            byte[] cut = now.get(last).clone();
            Arrays.fill(cut, (int) (length % SECTOR_SIZE), SECTOR_SIZE, (byte) 0);
            put(last, cut);
        }
        long firstGone = (length + SECTOR_SIZE - 1) / SECTOR_SIZE;
        for (long gone : List.copyOf(now.tailMap(firstGone).keySet())) {
            put(gone, ZEROES);
            now.remove(gone);
        }
        resize(length);
    }

    private void resize(long length) {
        size = length;
        sizes.add(length);
    }

    /** All that was written is safe, but what a force that failed has given up. */
    void force() {
        versions.forEach((sector, all) -> {
            safe.put(sector, all.getLast());
            given.remove(sector);
        });
        versions.clear();
        sizes.clear();
        sizes.add(size);
    }

    /** What was written may be safe or not, for ever, unless it is written again. */
    void forceFailed() {
        versions.forEach((sector, all) ->
                given.computeIfAbsent(sector, each -> new ArrayList<>()).addAll(all));
        versions.clear();
    }

    /** Chooses for each sector what was on the disk when the power went. */
    void crash(Seeded random) {
        for (long sector : versions.keySet()) choose(sector, versions.get(sector), random);
        for (long sector : new TreeMap<>(given).keySet()) {
            if (!versions.containsKey(sector)) choose(sector, given.get(sector), random);
        }
        versions.clear();
        given.clear();
        now.clear();
        now.putAll(safe);
        size = sizes.get(random.below(sizes.size()));
        sizes.clear();
        sizes.add(size);
        // What lies behind the end is not there, also if the file grows again.
        truncateSafe();
    }

    private void choose(long sector, List<byte[]> written, Seeded random) {
        int chosen = random.below(written.size() + 1);
        if (chosen > 0) safe.put(sector, written.get(chosen - 1));
    }

    private void truncateSafe() {
        long length = size;
        size = Long.MAX_VALUE;
        truncate(length);
        sizes.clear();
        sizes.add(length);
        force();
        safe.keySet().removeIf(sector -> !now.containsKey(sector));
    }
}
