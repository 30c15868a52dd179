package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map}: which bytes of a disk are stored, where, and in which file of its chain. */
@Command(name = "map", sortOptions = false, description = "Tell where the bytes of an image are stored.")
final class MapExtents implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = {"-s", "--start-offset"}, paramLabel = "OFFSET", converter = Sizes.class,
            defaultValue = "0", description = "From this byte on.")
    private long start;

    @Option(names = {"-l", "--max-length"}, paramLabel = "SIZE", converter = Sizes.class,
            description = "Of so many bytes at most.")
    private Long lengthMax;

    @Option(names = "--output", paramLabel = "FORM", defaultValue = "human",
            description = "How to tell: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Output output;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private MapExtents() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        return Work.run(this::map);
    }

    @CoroutineFn
    private Integer map(Work work) throws Failure, IOException {
        DiskImage image = work.open(file, OpenHow.toRead(format, trust));
        long size = ImageInfo.inSectors(image.size());
        if (start > size) throw Failure.of("--start-offset is behind the end", start + " of " + size);
        long end = lengthMax == null || lengthMax > size - start ? size : start + lengthMax;
        if (output == Output.json) common.out().print("[");
        else common.out().printf("%-16s%-16s%-16s%s%n", "Offset", "Length", "Mapped to", "File");
        MapEntry held = null; // Until it is known that the next is not a part of it.
        for (long at = start; at < end; ) {
            for (MapEntry each : image.map(at, end)) {
                if (held != null && held.goesOnIn(each)) {
                    held = held.and(each);
                } else {
                    if (held != null) print(held, false);
                    held = each;
                }
                at = each.end();
            }
        }
        if (held != null) print(held, true);
        if (output == Output.json) common.out().println("]");
        return Main.OK;
    }

    private void print(MapEntry entry, boolean last) throws Failure {
        PrintWriter out = common.out();
        if (output == Output.json) {
            out.print(entry.json() + (last ? "" : ",\n"));
            return;
        }
        if (!entry.data() || entry.zero()) return;
        if (entry.offset() < 0) {
            throw Failure.of("has compressed clusters, which lie nowhere as they are", file)
                    .hint("--output=json tells of them");
        }
        out.printf("%-16s%-16s%-16s%s%n", hex(entry.start()), hex(entry.length()), hex(entry.offset()),
                entry.file());
    }

    private static String hex(long number) {
        return number == 0 ? "0" : "0x" + Long.toHexString(number);
    }
}
