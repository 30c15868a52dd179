package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.StorageFile;
import dev.pirn.block.qcow2.BadImageException;
import dev.pirn.block.qcow2.Header;
import dev.pirn.block.qcow2.Qcow2Amend;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code amend}: what an image was made with, changed. */
@Command(name = "amend", sortOptions = false, description = "Change options of an image's format.")
final class Amend implements Callable<Integer> {
    private static final String COMPAT = "compat";
    private static final String DATA = "data_file";
    private static final String DATA_RAW = "data_file_raw";
    private static final String LAZY = "lazy_refcounts";
    private static final String REFCOUNT_BITS = "refcount_bits";
    private static final String SIZE = "size";
    private static final int REFCOUNT_BITS_OF_VERSION_2 = 16;
    /** What each change counts, on the way to 100 %. */
    private static final long STEP = 1 << 20;

    /** One of those that are made one behind the other, each as a whole. */
    private interface Change {
        @CoroutineFn
        void of(StorageFile bytes) throws Failure, IOException;
    }

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The image; none for -o help.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-o", paramLabel = "OPTIONS", required = true,
            description = "NAME=VALUE,… of the format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to write it: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Option(names = "-p", description = "Show progress.")
    private boolean progress;

    @Option(names = "--force", description = "Accepted.")
    private boolean force;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Amend() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        var given = FormatOptions.parse(Format.qcow2, options);
        if (given.asksForHelp()) {
            common.print(given.helpText(Qcow2.AMENDED));
            return Main.OK;
        }
        if (file == null) throw common.missing("FILE");
        return Work.run(work -> amend(work, given));
    }

    @CoroutineFn
    private Integer amend(Work work, FormatOptions given) throws Failure, IOException {
        OpenHow how = OpenHow.toChange(format, trust).alone().by(cache);
        DiskImage image = work.open(file, how);
        Qcow2Image qcow2 = image.qcow2();
        if (qcow2 == null) throw Failure.of("raw images have no options to change", file);
        refuse(given, qcow2);
        var changes = changes(image, given, work.pool());
        image.closeDisk(); // The lock stays until the end.
        try (StorageFile bytes = Opening.bytes(file, how, work.pool());
                var shown = new Progress("amend", (long) changes.size() * STEP, progress, common)) {
            for (Change each : changes) {
                each.of(bytes);
                shown.did(STEP);
            }
        } catch (BadImageException e) {
            throw Failure.of("cannot be changed", e.getMessage()).causedBy(e);
        }
        return Main.OK;
    }

    /** What is to be done, in QEMU's order: what needs version 3 in it, what prevents version 2 before it. */
    private List<Change> changes(DiskImage image, FormatOptions given, ThreadPool pool) throws Failure {
        Header now = image.qcow2().header();
        int version = version(given, now);
        var all = new ArrayList<Change>();
        if (version > now.version()) all.add(Qcow2Amend::upgrade);
        int bits = refcountBits(given, now);
        if (bits != now.refcountBits()) all.add(bytes -> Qcow2Amend.refcountBits(bytes, bits));
        String data = given.text(DATA, null);
        if (data != null) all.add(bytes -> Qcow2Amend.dataFile(bytes, data));
        if (now.isDataFileRaw() && !given.truth(DATA_RAW, true)) all.add(Qcow2Amend::dataFileNotRaw);
        boolean lazy = given.truth(LAZY, now.hasLazyRefcounts());
        if (lazy != now.hasLazyRefcounts()) all.add(bytes -> Qcow2Amend.lazyRefcounts(bytes, lazy));
        long size = ImageInfo.inSectors(given.bytes(SIZE, now.size()));
        if (size != now.size()) all.add(bytes -> resize(image.file(), size, pool));
        if (version < now.version()) all.add(bytes -> Qcow2Amend.downgrade(bytes, pool));
        return all;
    }

    /** Opened once more, with what it stands on: what is new must not show that. */
    @CoroutineFn
    private void resize(Path path, long size, ThreadPool pool) throws Failure, IOException {
        OpenHow how = OpenHow.toChange(Format.qcow2, trust).by(cache);
        StorageFile bytes = Opening.bytes(file, how, pool);
        BlockDevice disk;
        try {
            disk = Qcow2.open(bytes, path, how, pool);
        } catch (Throwable e) {
            bytes.close();
            throw e;
        }
        try (disk) {
            ((Qcow2Image) disk.driver()).resize(size);
        }
    }

    private static int version(FormatOptions given, Header now) throws Failure {
        return given.has(COMPAT) ? Qcow2.version(given) : now.version();
    }

    private static int refcountBits(FormatOptions given, Header now) throws Failure {
        long bits = given.bytes(REFCOUNT_BITS, now.refcountBits());
        if (Long.bitCount(bits) == 1 && bits > 0 && bits <= Long.SIZE) return (int) bits;
        throw FormatOptions.usage("-o refcount_bits is a power of two from 1 to 64", bits);
    }

    /** What QEMU refuses, before anything is changed. */
    private void refuse(FormatOptions given, Qcow2Image image) throws Failure {
        for (String each : given.all().keySet()) {
            if (!Qcow2.AMENDED.contains(each)) {
                throw Failure.of("can be chosen when an image is made, and not be changed", "-o " + each);
            }
        }
        Header now = image.header();
        if (version(given, now) < 3) {
            if (given.has(LAZY) && given.truth(LAZY, false)) {
                throw Failure.of("lazy refcounts need version 3", "-o lazy_refcounts=on")
                        .hint("-o compat=1.1,lazy_refcounts=on");
            }
            if (refcountBits(given, now) != REFCOUNT_BITS_OF_VERSION_2) {
                throw Failure.of("version 2 has refcounts of 16 bits", file)
                        .hint(now.version() < 3 ? "-o compat=1.1 with it" : "-o refcount_bits=16 with it");
            }
        }
        refuseNames(given, image);
    }

    private void refuseNames(FormatOptions given, Qcow2Image image) throws Failure {
        Header now = image.header();
        String name = given.text(FormatOptions.BACKING, image.backingName());
        String itsFormat = given.text(FormatOptions.BACKING_FORMAT, image.backingFormat());
        if (!Objects.equals(name, image.backingName()) || !Objects.equals(itsFormat, image.backingFormat())) {
            throw Failure.of("the backing file is not changed by amend", file)
                    .hint("rebase moves the image upon another one, rebase -u writes the name alone");
        }
        if (given.has(DATA) && (!now.hasDataFile() || given.text(DATA, "").isEmpty())) {
            throw Failure.of(now.hasDataFile() ? "its data file needs a name" : "has no data file", file);
        }
        if (given.truth(DATA_RAW, false) && !now.isDataFileRaw()) {
            throw Failure.of("data_file_raw can be chosen when an image is made, and only be given up", file);
        }
    }
}
