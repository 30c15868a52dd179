package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code convert}: copies what an image reads as into another one, of another format or another server. */
@Command(name = "convert", sortOptions = false,
        description = "Copy the disk of an image, or of several one behind the other, into another image.")
final class Convert implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The images, and the new one at last; none for -o help.")
    private List<String> files = new ArrayList<>();

    @Option(names = "-f", paramLabel = "FORMAT", description = "Format of the images.")
    private Format format;

    @Option(names = "-O", paramLabel = "FORMAT", defaultValue = "raw",
            description = "Format of the new one: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Format targetFormat;

    @Option(names = "-o", paramLabel = "OPTIONS",
            description = "NAME=VALUE,… of the new image's format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = {"-B", "-b"}, paramLabel = "FILE",
            description = "Its backing file: what the image itself does not store is left to that.")
    private String backing;

    @Option(names = "-F", paramLabel = "FORMAT", description = "The backing file's format.")
    private Format backingFormat;

    @Option(names = "-c", description = "Compress.")
    private boolean compressed;

    @Option(names = "-n", description = "Into an image that is there.")
    private boolean existing;

    @Option(names = "--target-is-zero", description = "With -n: it reads as zeroes.")
    private boolean targetIsZero;

    @Option(names = {"-l", "--snapshot"}, paramLabel = "SNAPSHOT",
            description = "The disk as it was in a snapshot, an id or a name.")
    private String snapshot;

    @Option(names = "-S", paramLabel = "SIZE", converter = Sizes.class, defaultValue = "4k",
            description = "Zeroes of at least so many bytes are not stored (${DEFAULT-VALUE}); 0: all are.")
    private long sparse;

    @Option(names = "-m", paramLabel = "N", defaultValue = "" + CopyHow.PARALLEL_DEFAULT,
            description = "Coroutines that copy at a time (${DEFAULT-VALUE}).")
    private int parallel;

    @Option(names = "-W", description = "Write in any order.")
    private boolean anyOrder;

    @Option(names = "-r", paramLabel = "RATE", converter = Sizes.class, defaultValue = "0",
            description = "Read at most so many bytes a second.")
    private long rate;

    @Option(names = "--salvage", description = "Zeroes for what cannot be read.")
    private boolean salvage;

    @Option(names = "--bitmaps", description = "Copy the image's persistent bitmaps too.")
    private boolean bitmaps;

    @Option(names = "--skip-broken-bitmaps",
            description = "With --bitmaps: leave those that are inconsistent.")
    private boolean skipBroken;

    @Option(names = "-C", description = "Accepted; copying is never left to the system.")
    private boolean offload;

    @Option(names = "-p", description = "Show progress, even where there is no terminal.")
    private boolean progress;

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "unsafe",
            description = "How to write the new one: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}). All but "
                    + "unsafe end with it on stable storage.")
    private CacheMode cache;

    @Option(names = "-T", paramLabel = "CACHE", defaultValue = "writeback",
            description = "The same of what is read (${DEFAULT-VALUE}).")
    private CacheMode sourceCache;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Convert() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        var given = FormatOptions.parse(targetFormat, options);
        if (given.asksForHelp()) {
            common.print(given.helpText());
            return Main.OK;
        }
        checkUsage();
        Work.run(work -> convert(work, given));
        return Main.OK;
    }

    private void checkUsage() throws Failure {
        if (files.size() < 2) throw common.missing("FILE");
        if (parallel < 1 || parallel > CopyHow.PARALLEL_MAX) {
            throw common.misuse("-m is from 1 to " + CopyHow.PARALLEL_MAX + ": " + parallel);
        }
        if (sparse > Integer.MAX_VALUE || sparse % 512 != 0) {
            throw common.misuse("-S is a multiple of 512, below 2 GiB: " + sparse);
        }
        if (targetIsZero && !existing) throw common.misuse("--target-is-zero needs -n: not given");
        if (existing && !options.isEmpty()) throw common.misuse("-n and -o exclude each other: " + options);
        if (skipBroken && !bitmaps) throw common.misuse("--skip-broken-bitmaps needs --bitmaps: not given");
        if (bitmaps && files.size() > 2) {
            throw common.misuse("--bitmaps is for one image: " + (files.size() - 1));
        }
        if (snapshot != null && files.size() > 2) {
            throw common.misuse("-l is for one image: " + (files.size() - 1));
        }
        if (compressed && targetFormat == Format.raw) {
            throw Failure.of("raw images are not compressed", target());
        }
    }

    private String target() {
        return files.getLast();
    }

    @CoroutineFn
    private Void convert(Work work, FormatOptions given) throws Failure, IOException {
        given.withBacking(backing, backingFormat);
        var images = new ArrayList<DiskImage>();
        for (String each : files.subList(0, files.size() - 1)) {
            images.add(work.open(each, OpenHow.toRead(format, trust).at(snapshot).by(sourceCache)));
        }
        boolean overlay = given.has(FormatOptions.BACKING);
        if (overlay && images.size() > 1) throw common.misuse("-B is for one image: " + images.size());
        BlockDevice source = Concatenation.of(images.stream().map(DiskImage::device).toList());
        BitmapCopy copied = bitmaps ? BitmapCopy.of(images.getFirst(), skipBroken) : null;
        boolean isZero = targetIsZero;
        if (!existing) {
            NewImage image = NewImage.of(target(), targetFormat, given.bytes("size", source.size()), given);
            int version = targetFormat == Format.raw ? 0 : Qcow2.version(given);
            if (copied != null) copied.requireAt(target(), version, image.size());
            isZero = image.isZero(work.pool());
            work.make(image);
        }
        DiskImage target = work.open(target(), OpenHow.toWrite(targetFormat, trust).by(cache));
        if (target.size() < source.size()) {
            throw Failure.of("too small", "%s has %d bytes, and what is copied %d"
                    .formatted(target(), target.size(), source.size()));
        }
        if (copied != null) copied.requireAt(target);
        copy(source, overlay ? images.getFirst().ownRuns() : Pieces.of(source),
                compressed ? target.compressedSink(isZero) : target.sink(isZero));
        if (copied != null) copied.to(target, common);
        target.finish(cache.flushes());
        return null;
    }

    @CoroutineFn
    private void copy(BlockDevice source, Pieces.Source runs, Sink sink) throws Failure, IOException {
        var how = new CopyHow(parallel, !anyOrder, (int) sparse, rate, salvage);
        var pieces = new Pieces(sparse == 0 ? Pieces.ofData() : runs, 0, source.size(), Copier.PIECE_SIZE,
                sink.unit());
        long lost;
        try (var shown = new Progress("convert", source.size(), progress, common)) {
            lost = new Copier(source, sink, pieces, how, shown).run();
        }
        if (lost > 0) common.warn("could not be read, and are zeroes: " + lost + " bytes");
    }
}
