package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.Preallocation;
import dev.pirn.block.RawImages;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code commit}: what an image stores itself, written into one that it stands on. */
@Command(name = "commit", sortOptions = false, description = "Write what an image has into its backing file.")
final class Commit implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-b", paramLabel = "FILE", description = "Into this one, farther down the chain.")
    private String base;

    @Option(names = "-d", description = "Leave the image as it is; it is to be deleted.")
    private boolean dropped;

    @Option(names = "-r", paramLabel = "RATE", converter = Sizes.class, defaultValue = "0",
            description = "Read at most so many bytes a second.")
    private long rate;

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to write: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}). All but unsafe end "
                    + "with the data on stable storage.")
    private CacheMode cache;

    @Option(names = "-p", description = "Show progress, even where there is no terminal.")
    private boolean progress;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Commit() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        return Work.run(this::commit);
    }

    @CoroutineFn
    private Integer commit(Work work) throws Failure, IOException {
        DiskImage image = work.open(file, OpenHow.toChange(format, trust).by(cache));
        int depth = depth(image);
        Layer below = image.layers().get(depth);
        image.unlock(depth); // For it is written to now, under a lock of its own.
        DiskImage target = work.open(below.name(), OpenHow.toChange(below.format(), trust).by(cache));
        if (target.size() < image.size()) {
            grow(work, target, image.size());
            work.close(target);
            target = work.open(below.name(), OpenHow.toChange(below.format(), trust).by(cache));
        }
        Pieces.Source own = image.ownRuns(depth);
        Sink sink = target.sink(false);
        var how = new CopyHow(CopyHow.PARALLEL_DEFAULT, true, CopyHow.SPARSE_DEFAULT, rate, false);
        var pieces = new Pieces(own, 0, image.size(), Copier.PIECE_SIZE, 1);
        try (var shown = new Progress("commit", image.size(), progress, common)) {
            new Copier(image.device(), sink, pieces, how, shown).run();
        }
        target.finish(cache.flushes());
        // Named a base, the images between would not fit any more: this one goes on without them alone.
        if (!dropped && base == null) image.qcow2().makeEmpty();
        common.tell("Image committed.");
        return Main.OK;
    }

    /** Which layer is written to. */
    private int depth(DiskImage image) throws Failure {
        if (image.layers().size() < 2) throw Failure.of("has no backing file", file);
        if (base == null) return 1;
        for (int i = 1; i < image.layers().size(); i++) {
            String found = image.layers().get(i).name();
            String written = image.layers().get(i - 1).qcow2().backingName();
            if (base.equals(found) || base.equals(written)) return i;
        }
        throw Failure.of("not in the image's backing chain", base);
    }

    @CoroutineFn
    private void grow(Work work, DiskImage target, long size) throws Failure, IOException {
        if (target.file() == null) {
            throw Failure.of("too small",
                    "%s has %d bytes of %d".formatted(target.name(), target.size(), size));
        }
        if (target.qcow2() != null) {
            target.qcow2().resize(size);
            target.measureAnew();
            return;
        }
        work.pool().call(() -> {
            RawImages.resize(target.file(), size, Preallocation.OFF);
            return null;
        });
    }
}
