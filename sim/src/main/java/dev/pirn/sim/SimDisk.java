package dev.pirn.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The files of a simulated world: a file system in memory, for {@link java.nio.channels.FileChannel} and
 * {@link java.nio.file.Files}, that can lose what was not forced.
 *
 * <pre>
 *   Path log = sim.disk().path("/log");
 *   … write, force, write …
 *   sim.disk().crash();                    a power cut: read what is left, at the same paths
 * </pre>
 *
 * <p>After a {@linkplain #crash crash}
 * <ul>
 * <li>what was written before a {@link java.nio.channels.FileChannel#force force} that returned is there;
 * <li>each 512-byte sector that was written later is old, or new, or any version in between, by the seed;
 *     within a sector nothing is torn;
 * <li>the file's size is one that it had since its last force;
 * <li>files were created, moved and deleted in the order in which that was done, up to some point; what was
 *     done before the directory was forced (open it for reading, and force that) is before that point.
 * </ul>
 * After a force that failed, what was written before is not made safe by the next, as on Linux: write it
 * again.
 *
 * <p>An operation on a file takes no time itself; what does it in a {@link dev.pirn.aio.ThreadPool} is late
 * by the pool's. Directories, links and attributes other than size and kind are not simulated, as far as
 * they are not needed to open, list, move and delete: such calls throw UnsupportedOperationException.
 */
public final class SimDisk {
    /** What {@link #failNext} can have fail. */
    public enum Operation {
        /** A read of a file. */
        READ,
        /** A write to a file. */
        WRITE,
        /** A force of a file or directory. */
        FORCE
    }

    private static final long BYTES_DEFAULT = 64 << 20;

    final SimWorld world;
    private final SimFileSystem system;
    private final Map<Operation, IOException> failures = new HashMap<>();
    private final List<SimFileChannel> channels = new ArrayList<>();
    /** By path, in order. The root is always there. */
    private TreeMap<String, Inode> entries = new TreeMap<>();
    /** The entries as they were after the last that is safe, and after each since. */
    private List<TreeMap<String, Inode>> journal = new ArrayList<>();
    private long operations;
    private long failAt;
    private IOException failure;
    private long bytesMax = BYTES_DEFAULT;
    private long sectors;

    SimDisk(SimWorld world) {
        this.world = world;
        this.system = new SimFileSystem(this);
    }

    /** The path of that name, from the root. */
    public Path path(String first, String... more) {
        return system.getPath(first, more).toAbsolutePath();
    }

    /**
     * How many bytes all files may have together, 64 MiB if nobody says otherwise; a write of more says "No
     * space left on device". In whole sectors, without holes.
     */
    public void bytesMax(long bytes) {
        if (bytes < 0) throw new IllegalArgumentException("a disk of " + bytes + " bytes");
        bytesMax = bytes;
    }

    /** Has the next {@code operation} throw {@code failure}, and do nothing. */
    public void failNext(Operation operation, IOException failure) {
        failures.put(operation, failure);
    }

    /** How many of these operations were tried so far, on all files together. */
    public long operations() {
        return operations;
    }

    /**
     * Has one operation to come throw {@code failure}, and do nothing: that which makes {@link #operations}
     * {@code number}. For who lets each operation of a scenario fail once.
     *
     * @throws IllegalArgumentException if it was tried already
     */
    public void failAt(long number, IOException failure) {
        if (number <= operations) {
            throw new IllegalArgumentException("operation " + number + " to fail, when " + operations
                    + " were tried already; count from there");
        }
        failAt = number;
        this.failure = failure;
    }

    /**
     * Cuts the power: files are as described above, and channels that are open fail from now on. Call it when
     * nobody works on files any more, or in the middle of all.
     */
    public void crash() {
        for (SimFileChannel each : channels) each.lose();
        channels.clear();
        entries = new TreeMap<>(journal.get(world.random.below(journal.size())));
        Set<Inode> alive = new LinkedHashSet<>(entries.values());
        for (Inode each : alive) each.crash(world.random);
        sectors = 0;
        for (Inode each : alive) sectors += each.sectorCount();
        journal = new ArrayList<>(List.of(entries()));
    }

    /** Throws if the seed, or somebody, has this one fail. */
    void attempt(Operation operation, Path path) throws IOException {
        if (++operations == failAt) throw failure;
        IOException next = failures.remove(operation);
        if (next != null) throw next;
        if (world.random.chance(world.options.fileError())) {
            throw new IOException(path + ": Input/output error");
        }
    }

    /** Takes that many sectors more, or less. */
    boolean grow(long count) {
        if (count > 0 && (sectors + count) * Inode.SECTOR_SIZE > bytesMax) return false;
        sectors += count;
        return true;
    }

    Inode find(String path) {
        return entries.get(path);
    }

    /** The names right below a directory. */
    List<String> below(String directory) {
        String prefix = directory.equals("/") ? "/" : directory + "/";
        return entries.navigableKeySet().tailSet(prefix, false).stream()
                .takeWhile(each -> each.startsWith(prefix))
                .filter(each -> each.indexOf('/', prefix.length()) < 0).toList();
    }

    void put(String path, Inode inode) {
        entries.put(path, inode);
        journal.add(entries());
    }

    void remove(String path) {
        Inode gone = entries.remove(path);
        journal.add(entries());
        if (gone != null && !entries.containsValue(gone)) sectors -= gone.sectorCount();
    }

    void move(String from, String to) {
        Inode over = entries.get(to);
        entries.put(to, entries.remove(from));
        journal.add(entries());
        if (over != null && !entries.containsValue(over)) sectors -= over.sectorCount();
    }

    /** What was done to names so far is safe. */
    void forceNames() {
        journal = new ArrayList<>(List.of(entries()));
    }

    private TreeMap<String, Inode> entries() {
        return new TreeMap<>(entries);
    }

    void opened(SimFileChannel channel) {
        channels.add(channel);
    }

    void closed(SimFileChannel channel) {
        channels.remove(channel);
    }
}
