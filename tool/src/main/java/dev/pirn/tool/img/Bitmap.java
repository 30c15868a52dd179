package dev.pirn.tool.img;

import dev.pirn.block.qcow2.Bitmaps;
import dev.pirn.CoroutineFn;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bitmap}: the persistent bitmaps of an image. */
@Command(name = "bitmap", sortOptions = false, description = "Change a persistent bitmap of an image.")
final class Bitmap implements Callable<Integer> {
    // Of those that are made without -g, as QEMU has it.
    private static final long GRANULARITY_MIN = 4 << 10;
    private static final long GRANULARITY_MAX = 64 << 10;

    @Parameters(index = "0", paramLabel = "FILE", description = "The image.")
    private String file;

    @Parameters(index = "1", paramLabel = "BITMAP", description = "The bitmap's name.")
    private String bitmap;

    @Option(names = "--add", description = "Make it.")
    private boolean add;

    @Option(names = "--remove", description = "Delete it.")
    private boolean remove;

    @Option(names = "--clear", description = "Forget what was written.")
    private boolean clear;

    @Option(names = "--enable", description = "Note what is written from now on.")
    private boolean enable;

    @Option(names = "--disable", description = "Note nothing more.")
    private boolean disable;

    @Option(names = "--merge", paramLabel = "SOURCE", description = "Add what another bitmap has.")
    private List<String> merged = new ArrayList<>();

    @Option(names = "-b", paramLabel = "FILE", description = "The image of those that are merged.")
    private String source;

    @Option(names = "-F", paramLabel = "FORMAT", description = "That image's format.")
    private Format sourceFormat;

    @Option(names = "-g", paramLabel = "SIZE", converter = Sizes.class,
            description = "Bytes that a bit of a new one stands for.")
    private Long granularity;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    @Spec
    private CommandSpec spec;

    private Bitmap() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        if (!add && !remove && !clear && !enable && !disable && merged.isEmpty()) {
            throw common.misuse("one of --add, --remove, --clear, --enable, --disable, --merge: none given");
        }
        if (granularity != null && !add) throw common.misuse("-g is for --add: " + granularity);
        if (source != null && merged.isEmpty()) throw common.misuse("-b is for --merge: " + source);
        if (sourceFormat != null && source == null) throw common.misuse("-F is for -b: " + sourceFormat);
        return Work.run(this::change);
    }

    @CoroutineFn
    private Integer change(Work work) throws Failure, IOException {
        DiskImage image = work.open(file, OpenHow.toChange(format, trust).alone());
        Bitmaps to = bitmaps(image, file);
        Bitmaps from = source == null ? to
                : bitmaps(work.open(source, OpenHow.toRead(sourceFormat, trust).alone()), source);
        var sources = merged.iterator();
        for (OptionSpec each : spec.commandLine().getParseResult().matchedOptions()) {
            switch (each.longestName()) {
                case "--add" -> add(image, to);
                case "--remove" -> to.remove(bitmap);
                case "--clear" -> to.clear(bitmap);
                case "--enable" -> to.setAuto(bitmap, true);
                case "--disable" -> to.setAuto(bitmap, false);
                case "--merge" -> {
                    while (sources.hasNext()) to.merge(bitmap, from, sources.next());
                }
                default -> { }
            }
        }
        return Main.OK;
    }

    @CoroutineFn
    private void add(DiskImage image, Bitmaps to) throws IOException {
        long clusterSize = image.qcow2().header().clusterSize();
        try {
            to.add(bitmap, granularity != null ? granularity
                    : Math.clamp(clusterSize, GRANULARITY_MIN, GRANULARITY_MAX), true);
        } catch (IllegalArgumentException e) {
            throw common.misuse(e.getMessage());
        }
    }

    private static Bitmaps bitmaps(DiskImage image, String name) throws Failure {
        if (image.qcow2() == null) throw Failure.of("raw images have no bitmaps", name);
        return image.qcow2().bitmaps();
    }
}
