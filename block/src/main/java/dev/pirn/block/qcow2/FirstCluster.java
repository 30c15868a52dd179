package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What an image's first cluster shall say, written so that it says the old or the new whenever power goes.
 * Only a sector is written as a whole; so what is behind the first one is written where nobody looks yet, and
 * a write of that sector, which has the header, switches over.
 *
 * <pre>
 *   0        headerLength        512                                                  the cluster's end
 *   │ header │ old extensions ··· │ ··· old ones │ old name │ free                  │  before
 *   │ header │ old extensions ··· │ ··· old ones │ old name │ (spare ones) new name │  name written
 *   │ header │ those that fit, or one that skips to the spare ones        new name  │  switched
 *   │ header │ those that fit ··· │ ··· new ones            │             new name  │  what nobody looks at
 *   │ header │ new extensions ··· │ ··· new ones            │             new name  │  switched again
 * </pre>
 *
 * <p>Where all of it fits the first sector one write does it. The feature name table, which is for people, is
 * left out meanwhile, and for good where there is no room for it.
 */
final class FirstCluster {
    private static final int SECTOR = Header.SECTOR_SIZE;
    /** Of an extension's head, and of the mark at the end of all. */
    private static final int HEAD_SIZE = Long.BYTES;

    private final StorageFile file;
    private final MemorySegment bytes;
    private final Header before;
    private final int oldStreamEnd;
    private final Header header;
    private final List<HeaderExtension> extensions;
    private final byte[] name;
    private final boolean isNameKept;

    /** Where things shall stand: extensions up to {@code end}, those meanwhile at {@code spare}, or 0. */
    private record Plan(List<HeaderExtension> extensions, int end, int spare, int name) { }

    private FirstCluster(StorageFile file, MemorySegment bytes, Preamble old, Preamble wanted) {
        this.file = file;
        this.bytes = bytes;
        this.before = old.header();
        this.oldStreamEnd = end(old.header(), old.extensions());
        this.header = wanted.header();
        this.extensions = wanted.extensions();
        this.name = wanted.backingName() == null ? new byte[0]
                : wanted.backingName().getBytes(StandardCharsets.UTF_8);
        this.isNameKept = Objects.equals(old.backingName(), wanted.backingName());
    }

    /**
     * Has the image say {@code wanted} instead of {@code old}, which it says now, on stable storage; where
     * the backing file's name stands is found here. Nobody else may have it open for writing. Suspends.
     *
     * @throws BadImageException if there is no room for it: nothing was written
     * @throws IOException if the file fails: it says the one or the other then
     */
    @CoroutineFn
    static void write(StorageFile file, Preamble old, Preamble wanted) throws IOException {
        MemorySegment bytes = Slice.allocate(old.header().clusterSize());
        file.read(0, bytes);
        var cluster = new FirstCluster(file, bytes, old, wanted);
        cluster.write(cluster.plan());
    }

    private static int end(Header header, List<HeaderExtension> extensions) {
        return header.headerLength() + extensions.stream().mapToInt(HeaderExtension::size).sum() + HEAD_SIZE;
    }

    private Plan plan() throws BadImageException {
        if (name.length > HeaderCheck.BACKING_NAME_SIZE_MAX) {
            throw BadImageException.of(file.name(), "a backing file's name of %d bytes, more than %d",
                    name.length, HeaderCheck.BACKING_NAME_SIZE_MAX);
        }
        Plan found = plan(extensions);
        if (found == null) found = plan(withoutTable());
        if (found != null) return found;
        throw BadImageException.of(file.name(), "no room in the first cluster's %d bytes for the header, its "
                + "extensions and a name of %d bytes beside those in force, which take %d; give a shorter "
                + "name", header.clusterSize(), name.length, oldStreamEnd + before.backingSize());
    }

    /** What must be there at any time: all but the names of features. */
    private List<HeaderExtension> withoutTable() {
        var all = new ArrayList<>(extensions);
        all.removeIf(each -> each.type() == HeaderExtension.FEATURE_NAMES);
        return all;
    }

    /** Null if there is no room. */
    private Plan plan(List<HeaderExtension> wanted) {
        int end = end(header, wanted);
        if (end + name.length <= SECTOR) return new Plan(wanted, end, 0, end);
        int shortest = end(header, withoutTable());
        int from = Math.max(SECTOR, end);
        int spare = 0;
        if (shortest > SECTOR) {
            if (header.headerLength() > SECTOR - HEAD_SIZE) return null;
            spare = free(from, shortest - header.headerLength());
            if (spare < 0) return null;
            from = spare + shortest - header.headerLength();
        }
        boolean stays = isNameKept && before.backingOffset() >= from;
        int nameAt = stays ? (int) before.backingOffset() : free(from, name.length);
        return nameAt < 0 ? null : new Plan(wanted, end, spare, nameAt);
    }

    /** Where so many bytes are not in use, a multiple of 8; below 0 for nowhere. */
    private int free(int from, int length) {
        int name = (int) before.backingOffset();
        int nameEnd = name + before.backingSize();
        int at = Math.max(from, oldStreamEnd) + 7 & -8;
        if (name > 0 && at < nameEnd && at + length > name) at = nameEnd + 7 & -8;
        return at + length <= header.clusterSize() ? at : -1;
    }

    @CoroutineFn
    private void write(Plan plan) throws IOException {
        Header whole = header.withBacking(name.length == 0 ? 0 : plan.name, name.length);
        ByteBuffer last = area(whole, plan.extensions);
        if (plan.end + name.length <= SECTOR) {
            last.put(plan.name, name);
            writeAndFlush(0, last, SECTOR);
            return;
        }
        writeBehind(plan);
        ByteBuffer meanwhile = plan.spare == 0 ? area(whole, withoutTable())
                : area(whole, List.of(skipTo(plan.spare)));
        writeAndFlush(0, meanwhile, SECTOR);
        int behind = plan.end - SECTOR;
        if (behind > 0) writeAndFlush(SECTOR, last.slice(SECTOR, behind), behind);
        if (plan.spare != 0 || plan.extensions.size() > withoutTable().size()) writeAndFlush(0, last, SECTOR);
    }

    /** The name, and spare extensions: nobody looks there yet. */
    @CoroutineFn
    private void writeBehind(Plan plan) throws IOException {
        if (name.length > 0) file.write(plan.name, MemorySegment.ofBuffer(direct(name.length).put(0, name)));
        if (plan.spare != 0) {
            int size = end(header, withoutTable()) - header.headerLength();
            ByteBuffer spare = direct(size);
            for (HeaderExtension each : withoutTable()) each.put(spare);
            file.write(plan.spare, MemorySegment.ofBuffer(spare.rewind()));
        }
        file.flush();
    }

    /** One that means nothing, with all in it up to {@code spare}; for some milliseconds. */
    private HeaderExtension skipTo(int spare) {
        return new HeaderExtension(HeaderExtension.FEATURE_NAMES,
                new byte[spare - header.headerLength() - HEAD_SIZE]);
    }

    /** All of the cluster: header and extensions, but no name. */
    private ByteBuffer area(Header whole, List<HeaderExtension> with) {
        ByteBuffer area = direct(header.clusterSize());
        int kept = Math.min(before.headerLength(), header.headerLength());
        area.put(bytes.asSlice(0, kept).asByteBuffer()); // With what a newer header has behind what we know.
        whole.put(area);
        area.position(header.headerLength());
        for (HeaderExtension each : with) each.put(area);
        return area.putLong(0).rewind();
    }

    @CoroutineFn
    private void writeAndFlush(long at, ByteBuffer from, int length) throws IOException {
        file.write(at, MemorySegment.ofBuffer(from).asSlice(0, length));
        file.flush();
    }

    private static ByteBuffer direct(int size) {
        return ByteBuffer.allocateDirect(size);
    }
}
