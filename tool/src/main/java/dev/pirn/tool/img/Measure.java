package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code measure}: how large a file a conversion would need. */
@Command(name = "measure", sortOptions = false,
        description = "Tell how large the file of a new image would be, for a disk of a size or of an image.")
final class Measure implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The image that is to be converted.")
    private String file;

    @Option(names = "--size", paramLabel = "SIZE", converter = Sizes.class, description = "Of an empty disk.")
    private Long size;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Format of the image.")
    private Format format;

    @Option(names = "-O", paramLabel = "FORMAT", defaultValue = "raw",
            description = "Format of the new one: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Format targetFormat;

    @Option(names = "-o", paramLabel = "OPTIONS",
            description = "NAME=VALUE,… of the new image's format; help lists them.")
    private List<String> options = new ArrayList<>();

    @Option(names = "-l", paramLabel = "SNAPSHOT", description = "The disk as it was in a snapshot.")
    private String snapshot;

    @Option(names = "--output", paramLabel = "FORM", defaultValue = "human",
            description = "How to tell: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Output output;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Measure() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        if ((size == null) == (file == null)) {
            throw common.misuse("takes either --size or FILE: " + (size == null ? "none" : "both"));
        }
        var given = FormatOptions.parse(targetFormat, options);
        if (given.asksForHelp()) {
            common.print(given.helpText());
            return Main.OK;
        }
        Measured measured = size != null ? measure(given) : Work.run(work -> measure(work, given));
        tell(measured);
        return Main.OK;
    }

    private Measured measure(FormatOptions given) throws Failure {
        return targetFormat == Format.raw ? Measured.ofRaw(size) : Qcow2Size.of(given, size).measured(0);
    }

    @CoroutineFn
    private Measured measure(Work work, FormatOptions given) throws Failure, IOException {
        DiskImage image = work.open(file, OpenHow.toRead(format, trust).at(snapshot));
        if (targetFormat == Format.raw) return Measured.ofRaw(image.size());
        var size = Qcow2Size.of(given, image.size());
        Measured measured = size.measured(size.stored(image.device()));
        return image.qcow2() == null ? measured
                : measured.withBitmaps(size.of(image.qcow2().bitmaps().list(), image.size()));
    }

    private void tell(Measured measured) {
        if (output == Output.json) {
            var json = new LinkedHashMap<String, Object>();
            if (measured.bitmaps() >= 0) json.put("bitmaps", measured.bitmaps());
            json.put("required", measured.required());
            json.put("fully-allocated", measured.fullyAllocated());
            common.out().println(Json.of(json));
            return;
        }
        common.out().println("required size: " + measured.required());
        common.out().println("fully allocated size: " + measured.fullyAllocated());
        if (measured.bitmaps() >= 0) common.out().println("bitmaps size: " + measured.bitmaps());
    }
}
