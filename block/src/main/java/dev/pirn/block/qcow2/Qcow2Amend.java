package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes what an image was made with; the disk stays what it is. Nobody may have the image open meanwhile.
 *
 * <p>Each change is on stable storage when its method returns, and a crash leaves the image as it was before
 * or as it shall be, with leaks at worst: what is new is written beside what is in force, and one sector of
 * the header switches over. The file is open, for writing, and stays so. All methods suspend.
 */
public final class Qcow2Amend {
    /** Of version 2, always. */
    private static final int ORDER_OF_VERSION_2 = 4;
    private static final long VM_STATE_MAX_OF_VERSION_2 = 0xffff_ffffL;
    private static final Qcow2Options ALONE = Qcow2Options.DEFAULT.withFollow(Follow.NOTHING);

    private Qcow2Amend() { }

    /**
     * Makes an image of version 2 one of version 3 ({@code compat=1.1}); leaves one of version 3 as it is.
     *
     * @throws BadImageException if it is no image, or has no room for a longer header
     */
    @CoroutineFn
    public static void upgrade(StorageFile file) throws IOException {
        Preamble before = Preamble.read(file);
        if (before.header().version() >= 3) return;
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.add(HeaderExtension.ofFeatureNames());
        FirstCluster.write(file, before, new Preamble(before.header().asVersion3(), extensions,
                before.backingName()));
    }

    /**
     * Makes an image of version 3 one of version 2 ({@code compat=0.10}); leaves one of version 2 as it is.
     * Version 2 has no entry for zeroes: where there is no backing file they become unallocated, else they
     * are written, in snapshots too. Persistent bitmaps are removed, for it has none.
     *
     * @param pool whose threads do what blocks
     * @throws IOException as QEMU's {@code qcow2_downgrade}: with a data file, refcounts of other than 16
     *     bits, other incompatible features, or snapshots of another size than the disk's or with a
     *     machine's state of 4 GiB; nothing was changed then
     */
    @CoroutineFn
    public static void downgrade(StorageFile file, ThreadPool pool) throws IOException {
        Qcow2Image image = Qcow2Image.open(file, null, ALONE, pool); // Closed with its file.
        if (image.header().version() < 3) return;
        requireDowngradable(image);
        image.snapshots().expandZeroes();
        image.bitmaps().removeAll(); // Last: what can fail for want of room has not.
        image.flush();
        Preamble before = Preamble.read(file);
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.removeIf(each -> each.type() == HeaderExtension.FEATURE_NAMES
                || each.type() == HeaderExtension.BITMAPS);
        FirstCluster.write(file, before, new Preamble(before.header().asVersion2(), extensions,
                before.backingName()));
    }

    @CoroutineFn
    private static void requireDowngradable(Qcow2Image image) throws IOException {
        Header header = image.header();
        if (header.hasDataFile()) throw new IOException(image + ": version 2 has no data files");
        if (header.refcountOrder() != ORDER_OF_VERSION_2) {
            throw new IOException("%s: version 2 has refcounts of 16 bits, not %d".formatted(image,
                    header.refcountBits()));
        }
        var names = new ArrayList<String>();
        for (Feature each : Feature.values()) {
            if (each.kind == Feature.Kind.INCOMPATIBLE && each.isIn(header)) names.add(each.label);
        }
        if (!names.isEmpty()) {
            throw new IOException("%s: version 2 has no \"%s\"".formatted(image,
                    String.join("\", \"", names)));
        }
        for (Snapshot each : image.snapshots().list()) {
            if (each.diskSize() == header.size() && each.vmStateSize() <= VM_STATE_MAX_OF_VERSION_2) continue;
            throw new IOException(("%s: snapshot \"%s\" has a disk of %d bytes and a machine's state of %d: "
                    + "version 2 has no other sizes than the disk's %d, and states below 4 GiB")
                    .formatted(image, each.name(), each.diskSize(), each.vmStateSize(), header.size()));
        }
    }

    /**
     * Has all refcounts counted anew, in refcounts of {@code bits} bits; what was leaked is given back.
     *
     * @param bits a power of two from 1 to 64
     * @throws BadImageException if the image is damaged: check and repair it first
     * @throws IOException if it is of version 2, which has 16 bits, or something is referred to more often
     *     than so few bits can count; nothing was changed then
     */
    @CoroutineFn
    public static void refcountBits(StorageFile file, int bits) throws IOException {
        if (Integer.bitCount(bits) != 1 || bits > Long.SIZE) {
            throw new IllegalArgumentException("refcounts of " + bits
                    + " bits; give a power of two from 1 to 64");
        }
        Preamble before = Qcow2Check.toWrite(file, Preamble.read(file));
        if (before.header().refcountBits() == bits) return;
        if (before.header().version() < 3) {
            throw new IOException(file.name() + ": refcounts of other than 16 bits need version 3");
        }
        // Marks go by the counts: what is leaked must not become 1 with its mark missing.
        CheckReport report = Qcow2Check.repair(file, Repair.LEAKS);
        if (!report.isClean()) {
            throw BadImageException.of(file.name(), "damaged, so that its refcounts are not counted "
                    + "anew; check -r all repairs it: %s", report.messages().getLast());
        }
        int order = Integer.numberOfTrailingZeros(bits);
        RefcountRebuild.run(CheckedFile.open(file), References.PAGES_MAX, order);
    }

    /**
     * Writes another name of its data file into an image that has one; the file is not looked at.
     *
     * @param name as it will stand in the image, relative to that
     * @throws BadImageException if there is no room for it
     * @throws IOException if the image has no data file
     */
    @CoroutineFn
    public static void dataFile(StorageFile file, String name) throws IOException {
        if (name.isEmpty()) throw new IllegalArgumentException("a data file without a name");
        Preamble before = Preamble.read(file);
        if (!before.header().hasDataFile()) throw new IOException(file.name() + ": has no data file");
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.removeIf(each -> each.type() == HeaderExtension.DATA_FILE); // Where nobody named it: none.
        extensions.add(HeaderExtension.ofText(HeaderExtension.DATA_FILE, name));
        FirstCluster.write(file, before, new Preamble(before.header(), extensions, before.backingName()));
    }

    /**
     * Has the image say that its data file need not be a raw disk by itself any more; it may have a backing
     * file then.
     */
    @CoroutineFn
    public static void dataFileNotRaw(StorageFile file) throws IOException {
        Header before = Preamble.read(file).header();
        long bits = before.autoclear() & ~Feature.DATA_FILE_RAW.mask();
        new HeaderFile(file, before).updateSafely(each -> each.withAutoclear(bits));
    }

    /**
     * Says in the header whether refcounts may be written late; here they never are. An image that is marked
     * as dirty is repaired first.
     *
     * @throws IOException if it is of version 2, which cannot say so
     */
    @CoroutineFn
    public static void lazyRefcounts(StorageFile file, boolean lazy) throws IOException {
        Header before = Qcow2Check.toWrite(file, Preamble.read(file)).header();
        if (before.version() < 3) throw new IOException(file.name() + ": lazy refcounts need version 3");
        long bit = Feature.LAZY_REFCOUNTS.mask();
        long bits = lazy ? before.compatible() | bit : before.compatible() & ~bit;
        new HeaderFile(file, before).updateSafely(each -> each.withCompatible(bits));
    }
}
