package dev.pirn.tool;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.ImageLock;
import dev.pirn.block.RawOptions;
import dev.pirn.block.qcow2.Follow;
import dev.pirn.CoroutineFn;
import dev.pirn.nbd.NbdContext;
import dev.pirn.nbd.NbdExport;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.ParameterException;

/** What one run serves: images, opened alike, each an export; closed together, the last one first. */
final class Images implements AutoCloseable {
    /** One of them; {@code uri} is null for a file. */
    private record Image(String name, String description, Path file, NbdUri uri) { }

    private final RawOptions options;
    private final ImageFile.Kind kind;
    private final ThreadPool pool;
    private final Filters filters;
    private final Function<String, ParameterException> misuse;
    private final List<Image> images = new ArrayList<>();
    private final ArrayDeque<BlockDevice> open = new ArrayDeque<>();
    private final List<ImageLock> locks = new ArrayList<>();
    private boolean shared;
    private Follow follow = Follow.FOLDER;
    private String snapshot;
    private List<String> bitmaps = List.of();
    private boolean depth;

    /**
     * Makes one without images.
     *
     * @param kind what its files are
     * @param filters what stands before each of them
     * @param misuse makes the exception for what cannot be served because of how it was written
     */
    Images(RawOptions options, ImageFile.Kind kind, ThreadPool pool, Filters filters,
            Function<String, ParameterException> misuse) {
        this.options = options;
        this.kind = kind;
        this.pool = pool;
        this.filters = filters;
        this.misuse = misuse;
    }

    /** Has files opened even while others have them, and without a lock; before {@link #open}. */
    void share() {
        shared = true;
    }

    /** Has files that images name opened from there alone; before {@link #open}. */
    void follow(Follow where) {
        follow = where;
    }

    /** Has files, which are qcow2 images, served as their disks were in a snapshot; null for as they are. */
    void show(String idOrName) {
        snapshot = idOrName;
    }

    /** Has clients of the first ask for these bitmaps, and for the allocation depth. */
    void tell(List<String> names, boolean allocationDepth) {
        bitmaps = names;
        depth = allocationDepth;
    }

    /** Notes one, a file or another server's export, which is opened later. */
    void add(String name, String description, String where) {
        if (images.stream().anyMatch(each -> each.name.equals(name))) {
            throw misuse.apply("two exports are called \"" + name + "\"; the second is " + where);
        }
        try {
            boolean uri = NbdUri.isOne(where);
            images.add(new Image(name, description, uri ? null : Path.of(where),
                    uri ? NbdUri.parse(where) : null));
        } catch (IllegalArgumentException e) {
            throw misuse.apply(e.getMessage());
        }
    }

    /** Opens all, in the order in which they were added. Suspends. */
    @CoroutineFn
    List<NbdExport> open() throws Failure {
        var exports = new ArrayList<NbdExport>();
        for (Image each : images) {
            BlockDevice disk = each.uri == null ? openFile(each.file) : openExport(each.uri);
            open.push(filters.before(disk));
            if (each.uri == null && !shared) lockOthers(disk);
            try {
                var contexts = exports.isEmpty() ? Contexts.of(disk, bitmaps, depth) : List.<NbdContext>of();
                exports.add(new NbdExport(each.name, each.description, open.peek(), contexts));
            } catch (IllegalArgumentException e) {
                throw misuse.apply(e.getMessage());
            }
        }
        return exports;
    }

    /** Has no request wait on purpose any more. */
    void endDelays() {
        filters.endDelays();
    }

    @CoroutineFn
    private BlockDevice openFile(Path file) throws Failure {
        if (!shared) locks.add(pool.call(() -> ImageFile.lock(file, kind, options.readOnly())));
        return snapshot == null ? ImageFile.open(file, kind, options, follow, pool)
                : ImageFile.openSnapshot(file, snapshot, options, follow, pool);
    }

    /** Of another server's nothing is probed: its bytes are served, unless somebody says what they are. */
    @CoroutineFn
    private BlockDevice openExport(NbdUri uri) throws Failure {
        BlockDevice bytes = OtherServer.open(uri, options.readOnly(), options.discard());
        return kind != ImageFile.Kind.QCOW2 ? bytes
                : ImageFile.openQcow2(bytes, snapshot, options, follow, pool);
    }

    @CoroutineFn
    private void lockOthers(BlockDevice disk) throws Failure {
        pool.call(() -> {
            ImageFile.lockOthers(disk, locks);
            return null;
        });
    }

    /** Their names, for people. */
    @Override
    public String toString() {
        return String.join(", ", open.reversed().stream().map(BlockDevice::name).toList());
    }

    /** Closes those that were opened, after what their formats put into them at the end. Suspends. */
    @Override
    @CoroutineFn
    public void close() throws IOException {
        IOException failed = null;
        while (!open.isEmpty()) {
            try (BlockDevice disk = open.pop()) {
                if (!disk.isReadOnly()) disk.finish();
            } catch (IOException e) {
                if (failed == null) failed = e; else failed.addSuppressed(e);
            }
        }
        locks.forEach(ImageLock::close);
        if (failed != null) throw failed;
    }
}
