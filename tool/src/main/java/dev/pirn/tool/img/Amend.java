package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.qcow2.BackingChange;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code amend}: what an image was made with, changed. */
@Command(name = "amend", sortOptions = false, description = "Change options of an image's format.")
final class Amend implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-o", paramLabel = "OPTIONS", required = true,
            description = "NAME=VALUE,… of the format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = "-t", paramLabel = "CACHE", defaultValue = "writeback", description = "Accepted.")
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
        DiskImage image = work.open(file, OpenHow.toChange(format, trust).alone());
        Qcow2Image qcow2 = image.qcow2();
        if (qcow2 == null) throw Failure.of("raw images have no options to change", file);
        String name = given.text(FormatOptions.BACKING, qcow2.backingName());
        String itsFormat = given.text(FormatOptions.BACKING_FORMAT, qcow2.backingFormat());
        for (Map.Entry<String, String> each : given.all().entrySet()) {
            boolean built = each.getKey().startsWith("backing_");
            if (!built) throw Failure.of("not built yet", "-o " + each.getKey());
        }
        image.device().close(); // The lock stays until the end.
        boolean same = Objects.equals(name, qcow2.backingName())
                && Objects.equals(itsFormat, qcow2.backingFormat());
        if (!same) BackingChange.write(image.file(), name.isEmpty() ? null : name, itsFormat, work.pool());
        return Main.OK;
    }
}
