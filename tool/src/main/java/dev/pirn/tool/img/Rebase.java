package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.StorageFile;
import dev.pirn.block.qcow2.BackingChange;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code rebase}: another backing file. What an image reads as stays: what the two backing files have not in
 * common is written into it first; unless {@code -u} says that they are alike.
 */
@Command(name = "rebase", sortOptions = false, description = "Give an image another backing file.")
final class Rebase implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = {"-b", "--backing"}, paramLabel = "FILE", required = true,
            description = "The new backing file, as the image will name it; '' for none.")
    private String backing;

    @Option(names = {"-F", "--backing-format"}, paramLabel = "FORMAT",
            description = "The new backing file's format.")
    private Format backingFormat;

    @Option(names = "-u", description = "Change the name alone, and look at neither backing file.")
    private boolean unsafe;

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to write it: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Option(names = "-T", paramLabel = "CACHE", defaultValue = "writeback",
            description = "The same of what is read (${DEFAULT-VALUE}).")
    private CacheMode sourceCache;

    @Option(names = "-p", description = "Show progress, even where there is no terminal.")
    private boolean progress;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Rebase() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        if (!backing.isEmpty() && backingFormat == null) {
            throw Failure.of("a backing file needs its format", backing).hint("-F raw or -F qcow2");
        }
        return Work.run(this::rebase);
    }

    @CoroutineFn
    private Integer rebase(Work work) throws Failure, IOException {
        var how = OpenHow.toChange(format, trust).by(cache);
        DiskImage image = work.open(file, unsafe ? how.alone() : how);
        if (image.qcow2() == null) throw Failure.of("raw images have no backing file", file);
        if (!unsafe) {
            keepWhatDiffers(work, image);
            image.device().flush();
        }
        image.closeDisk(); // The lock stays until the end.
        boolean none = backing.isEmpty();
        try (StorageFile bytes = Opening.bytes(file, how, work.pool())) {
            BackingChange.write(bytes, none ? null : backing, none ? null : backingFormat.name());
        }
        return Main.OK;
    }

    @CoroutineFn
    private void keepWhatDiffers(Work work, DiskImage image) throws Failure, IOException {
        BlockDevice before = image.layers().size() > 1 ? image.layers().get(1).device() : null;
        BlockDevice after = null;
        if (!backing.isEmpty()) {
            // The user names it: it is followed wherever it is; what it names itself, as always.
            String name = Names.combined(file, backing);
            after = work.open(name, OpenHow.toRead(backingFormat, trust).by(sourceCache)).device();
        }
        if (before == null && after == null) return;
        try (var shown = new Progress("rebase", image.size(), progress, common)) {
            new Rebasing(image, before, after, shown).run();
        }
    }
}
