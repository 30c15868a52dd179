package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
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

/** {@code info}: what an image is; what it names besides itself is shown, and not opened unless asked for. */
@Command(name = "info", sortOptions = false, description = "Tell about an image.")
final class Info implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "--output", paramLabel = "FORM", defaultValue = "human",
            description = "How to tell: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Output output;

    @Option(names = "--backing-chain", description = "Tell about its backing files too; opens them.")
    private boolean chain;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Info() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        List<ImageInfo> found = Work.run(this::infos);
        if (output == Output.json) {
            List<Object> documents = new ArrayList<>();
            for (ImageInfo each : found) documents.add(each.json());
            common.out().println(Json.of(chain ? documents : documents.getFirst()));
        } else {
            common.print(String.join("\n", found.stream().map(ImageInfo::text).toList()));
        }
        return Main.OK;
    }

    @CoroutineFn
    private List<ImageInfo> infos(Work work) throws Failure, IOException {
        var how = OpenHow.toRead(format, trust);
        DiskImage image = work.open(file, chain ? how : how.alone());
        var infos = new ArrayList<ImageInfo>();
        for (Layer each : image.layers()) infos.add(ImageInfo.of(each, work.pool()));
        return infos;
    }
}
