package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare}: whether two images read alike, whatever their formats. */
@Command(name = "compare", sortOptions = false, description = "Tell whether two images read alike.",
        footerHeading = "%n", footer = {
            "Exit code: 0 alike, 1 different, 2 an image cannot be opened, 3 what is stored cannot be told,",
            "4 an image cannot be read."})
final class Compare implements Callable<Integer> {
    static final int DIFFERENT = 1;
    static final int CANNOT_OPEN = 2;

    @Parameters(index = "0", paramLabel = "FILE", description = "An image.")
    private String first;

    @Parameters(index = "1", paramLabel = "FILE", description = "Another one.")
    private String second;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Format of the first.")
    private Format firstFormat;

    @Option(names = "-F", paramLabel = "FORMAT", description = "Format of the second.")
    private Format secondFormat;

    @Option(names = "-s", description = "Strictly: of the same size, and stored alike.")
    private boolean strict;

    @Option(names = "-p", description = "Show progress, even where there is no terminal.")
    private boolean progress;

    @Option(names = "-T", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to read them: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Compare() { }

    @Override
    public Integer call() throws Failure, IOException {
        try {
            common.refuseQemuOptions();
            return Work.run(this::compare);
        } catch (Failure e) {
            throw e.withCode(Math.max(CANNOT_OPEN, e.code()));
        } catch (IOException e) {
            throw Failure.of("input or output failed", e.getMessage()).withCode(CANNOT_OPEN).causedBy(e);
        }
    }

    @CoroutineFn
    private Integer compare(Work work) throws Failure, IOException {
        BlockDevice one = work.open(first, OpenHow.toRead(firstFormat, trust).by(cache)).device();
        BlockDevice other = work.open(second, OpenHow.toRead(secondFormat, trust).by(cache)).device();
        if (strict && one.size() != other.size()) {
            common.tell("Strict mode: Image size mismatch!");
            return DIFFERENT;
        }
        long all = Math.max(one.size(), other.size());
        try (var shown = new Progress("compare", all, progress, common)) {
            var comparison = new Comparison(one, other, strict, shown);
            String difference = comparison.inCommon();
            if (difference == null && one.size() != other.size()) {
                common.tell("Warning: Image size mismatch!");
                difference = comparison.behindTheShorter();
            }
            common.tell(difference == null ? "Images are identical." : difference);
            return difference == null ? Main.OK : DIFFERENT;
        }
    }
}
