package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes to a disk, and knows of each sector what it may hold now, and what after a power cut. The disk
 * must be zero at first.
 *
 * <pre>
 *   write  ok      live: the new alone              stable: the new too
 *          failed  live: the new too                stable: the new too
 *   flush  ok                                       stable: what is live, and nothing else
 *          failed  nothing is known that was not
 * </pre>
 *
 * <p>What fails is counted and told to nobody: scenarios go on, as clients do. For any disk, of every
 * format: see {@link FaultSweep}.
 */
public final class Ledger {
    /** What is written is a multiple of it, and at one. */
    public static final int SECTOR_SIZE = 512;

    private final BlockDevice disk;
    private final List<Set<Byte>> live = new ArrayList<>();
    private final List<Set<Byte>> stable = new ArrayList<>();
    private final List<IOException> errors = new ArrayList<>();
    private byte stamp;

    /** Makes one for a disk that holds zeroes alone. */
    public Ledger(BlockDevice disk) {
        this.disk = disk;
        for (long at = 0; at < disk.size(); at += SECTOR_SIZE) {
            live.add(Set.of((byte) 0));
            stable.add(Set.of((byte) 0));
        }
    }

    private interface Request {
        @CoroutineFn
        void run() throws IOException;
    }

    @CoroutineFn
    private boolean attempt(Request request) {
        try {
            request.run();
            return true;
        } catch (IOException e) {
            errors.add(e);
            return false;
        }
    }

    /** Writes something new. Returns whether it succeeded. */
    @CoroutineFn
    public boolean write(long offset, int length, boolean fua) {
        byte value = ++stamp == 0 ? ++stamp : stamp;
        MemorySegment data = Arena.ofAuto().allocate(length).fill(value);
        boolean done = attempt(() -> disk.write(offset, data, fua));
        note(offset, length, value, done, fua);
        return done;
    }

    /** Zeroes. Returns whether it succeeded. */
    @CoroutineFn
    public boolean writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) {
        boolean done = attempt(() -> disk.writeZeroes(offset, length, mayUnmap, fua));
        note(offset, length, (byte) 0, done, fua);
        return done;
    }

    /** Discards: what is there stays, or becomes zero. Returns whether it succeeded. */
    @CoroutineFn
    public boolean discard(long offset, long length) {
        boolean done = attempt(() -> disk.discard(offset, length));
        note(offset, length, (byte) 0, false, false);
        return done;
    }

    private void note(long offset, long length, byte value, boolean done, boolean fua) {
        for (long at = offset; at < offset + length; at += SECTOR_SIZE) {
            int sector = (int) (at / SECTOR_SIZE);
            live.set(sector, done ? Set.of(value) : plus(live.get(sector), value));
            stable.set(sector, done && fua ? Set.of(value) : plus(stable.get(sector), value));
        }
    }

    private static Set<Byte> plus(Set<Byte> some, byte one) {
        var all = new HashSet<>(some);
        all.add(one);
        return all;
    }

    /** Flushes. Returns whether it succeeded. */
    @CoroutineFn
    public boolean flush() {
        boolean done = attempt(disk::flush);
        for (int i = 0; done && i < live.size(); i++) stable.set(i, live.get(i));
        return done;
    }

    /** Reads, and fails if what comes is not what was written. Returns whether the read succeeded. */
    @CoroutineFn
    public boolean read(long offset, int length) {
        MemorySegment target = Arena.ofAuto().allocate(length).fill((byte) 0x55);
        if (!attempt(() -> disk.read(offset, target))) return false;
        check("read", target, offset, live);
        return true;
    }

    /** Fails unless {@code content} is what the disk may hold after a power cut. */
    public void checkStable(MemorySegment content) {
        check("after the power cut", content, 0, stable);
    }

    /** What failed so far. */
    public List<IOException> errors() {
        return List.copyOf(errors);
    }

    private static void check(String when, MemorySegment content, long offset, List<Set<Byte>> expected) {
        for (long at = 0; at < content.byteSize(); at++) {
            Set<Byte> allowed = expected.get((int) ((offset + at) / SECTOR_SIZE));
            byte found = content.get(ValueLayout.JAVA_BYTE, at);
            if (allowed.contains(found)) continue;
            throw new AssertionError("%s: byte %d is %d, not one of %s".formatted(when, offset + at, found,
                    allowed));
        }
    }
}
