package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.qcow2.Follow;
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

/** {@code create}: an empty image. */
@Command(name = "create", sortOptions = false, description = "Make an image; what the file had is lost.")
final class Create implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE",
            description = "The image; none for -o help.")
    private String file;

    @Parameters(index = "1", arity = "0..1", paramLabel = "SIZE", converter = Sizes.class,
            description = "Of its disk; the backing file's if not given.")
    private Long size;

    @Option(names = "-f", paramLabel = "FORMAT", defaultValue = "raw",
            description = "Its format: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Format format;

    @Option(names = "-o", paramLabel = "OPTIONS",
            description = "NAME=VALUE,… of the new image's format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = {"-b", "--backing"}, paramLabel = "FILE", description = "Its backing file.")
    private String backing;

    @Option(names = {"-F", "--backing-format"}, paramLabel = "FORMAT",
            description = "The backing file's format.")
    private Format backingFormat;

    @Option(names = "-u", description = "Without looking whether there is such a backing file.")
    private boolean unsafe;

    @Mixin
    private Common common;

    private Create() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        var given = FormatOptions.parse(format, options);
        if (given.asksForHelp()) {
            common.print(given.helpText());
            return Main.OK;
        }
        if (file == null) throw common.missing("FILE");
        Work.run(work -> create(work, given));
        return Main.OK;
    }

    @CoroutineFn
    private Void create(Work work, FormatOptions given) throws Failure, IOException {
        given.withBacking(backing, backingFormat);
        long bytes = given.bytes("size", size == null ? -1 : size);
        if (given.has(FormatOptions.BACKING) && (bytes < 0 || !unsafe)) {
            long below = backingSize(work, given);
            if (bytes < 0) bytes = below;
        }
        if (bytes < 0) throw Failure.of("needs a size", file).withCode(Main.USAGE);
        NewImage image = NewImage.of(file, format, bytes, given);
        common.tell(image.line());
        work.make(image);
        return null;
    }

    /** Looks whether it is there, where the image will look for it. */
    @CoroutineFn
    private long backingSize(Work work, FormatOptions given) throws Failure, IOException {
        String name = Names.combined(file, given.text(FormatOptions.BACKING, null));
        var below = new OpenHow(given.backingFormat(), OpenHow.Use.READ, false, Follow.NOTHING);
        DiskImage opened = work.open(name, below);
        work.close(opened);
        return opened.size();
    }
}
