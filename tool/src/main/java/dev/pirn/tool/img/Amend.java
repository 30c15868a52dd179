package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.StorageFile;
import dev.pirn.block.qcow2.BackingChange;
import dev.pirn.block.qcow2.Follow;
import dev.pirn.block.qcow2.Header;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
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
    private static final String LAZY = "lazy_refcounts";

    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-o", paramLabel = "OPTIONS", required = true,
            description = "NAME=VALUE,… of the format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to write it: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Option(names = "-p", description = "Accepted.")
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
            common.print(given.helpText());
            return Main.OK;
        }
        return Work.run(work -> amend(work, given));
    }

    @CoroutineFn
    private Integer amend(Work work, FormatOptions given) throws Failure, IOException {
        OpenHow how = OpenHow.toChange(format, trust).alone().by(cache);
        DiskImage image = work.open(file, how);
        Qcow2Image qcow2 = image.qcow2();
        if (qcow2 == null) throw Failure.of("raw images have no options to change", file);
        int version = given.has(COMPAT) ? Qcow2.version(given) : qcow2.header().version();
        boolean lazy = given.truth(LAZY, qcow2.header().hasLazyRefcounts());
        refuseWhatIsNotBuilt(given, qcow2.header(), version, lazy);
        String name = given.text(FormatOptions.BACKING, qcow2.backingName());
        String itsFormat = given.text(FormatOptions.BACKING_FORMAT, qcow2.backingFormat());
        boolean same = Objects.equals(name, qcow2.backingName())
                && Objects.equals(itsFormat, qcow2.backingFormat());
        image.closeDisk(); // The lock stays until the end.
        try (StorageFile bytes = Opening.bytes(file, how, work.pool())) {
            if (version != qcow2.header().version()) BackingChange.upgrade(bytes);
            if (!same) BackingChange.write(bytes, name.isEmpty() ? null : name, itsFormat);
            if (lazy != qcow2.header().hasLazyRefcounts()) {
                var alone = Qcow2Options.DEFAULT.withFollow(Follow.NOTHING);
                Qcow2Image.open(bytes, null, alone, work.pool()).setLazyRefcounts(lazy);
            }
        }
        return Main.OK;
    }

    private static void refuseWhatIsNotBuilt(FormatOptions given, Header now, int version, boolean lazy)
            throws Failure {
        for (String each : given.all().keySet()) {
            boolean built = each.startsWith("backing_") || each.equals(COMPAT) || each.equals(LAZY);
            if (!built) throw Failure.of("not built yet", "-o " + each);
        }
        if (version < now.version()) throw Failure.of("not built yet", "-o compat=0.10 of a newer image");
        if (version < 3 && lazy) {
            throw Failure.of("lazy refcounts need version 3", "-o lazy_refcounts=on")
                    .hint("-o compat=1.1,lazy_refcounts=on");
        }
    }
}
