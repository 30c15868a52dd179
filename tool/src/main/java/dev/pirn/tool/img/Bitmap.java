package dev.pirn.tool.img;

import dev.pirn.tool.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitmap}: the persistent bitmaps of an image. */
@Command(name = "bitmap", sortOptions = false, description = "Change a persistent bitmap of an image.")
final class Bitmap implements Callable<Integer> {
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
    private Common common;

    private Bitmap() { }

    @Override
    public Integer call() throws Failure {
        common.refuseQemuOptions();
        if (!add && !remove && !clear && !enable && !disable && merged.isEmpty()) {
            throw common.misuse("one of --add, --remove, --clear, --enable, --disable, --merge: none given");
        }
        throw Failure.of("not built yet", bitmap + ": " + file);
    }
}
