package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dd}: a part of a disk as a new image. */
@Command(name = "dd", sortOptions = false, description = "Copy a part of an image's disk into a new image.")
final class Dd implements Callable<Integer> {
    private static final Set<String> NAMES = Set.of("if", "of", "bs", "count", "skip");
    private static final String BLOCK_DEFAULT = "512";

    @Parameters(arity = "1..*", paramLabel = "OPERAND",
            description = "if=FILE of=FILE, and bs=SIZE (" + BLOCK_DEFAULT + "), count=BLOCKS, skip=BLOCKS.")
    private List<String> operands;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Format of the image.")
    private Format format;

    @Option(names = "-O", paramLabel = "FORMAT", defaultValue = "raw",
            description = "Format of the new one: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Format targetFormat;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Dd() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        Map<String, String> given = given();
        long block = number(given, "bs", BLOCK_DEFAULT);
        if (block < 1) throw common.misuse("bs is at least 1: " + block);
        long count = number(given, "count", null);
        long skip = number(given, "skip", "0");
        Work.run(work -> copy(work, given, block, count, skip));
        return Main.OK;
    }

    private Map<String, String> given() {
        var given = new HashMap<String, String>();
        for (String each : operands) {
            int equals = each.indexOf('=');
            String name = equals < 0 ? each : each.substring(0, equals);
            if (equals < 0 || !NAMES.contains(name)) throw common.misuse("no operand of dd: " + each);
            given.put(name, each.substring(equals + 1));
        }
        if (!given.containsKey("if") || !given.containsKey("of")) {
            throw common.misuse("dd needs if=FILE and of=FILE: " + String.join(" ", operands));
        }
        return given;
    }

    /** Below zero if there is none. */
    private long number(Map<String, String> given, String name, String otherwise) {
        String value = given.getOrDefault(name, otherwise);
        if (value == null) return -1;
        try {
            return Sizes.parse(value);
        } catch (IllegalArgumentException e) {
            throw common.misuse(name + " is " + e.getMessage());
        }
    }

    @CoroutineFn
    private Void copy(Work work, Map<String, String> given, long block, long count, long skip)
            throws Failure, IOException {
        String in = given.get("if");
        BlockDevice source = work.open(in, OpenHow.toRead(format, trust)).device();
        long start = times(block, skip);
        if (start > source.size()) {
            common.warn("skips more than there is: %d bytes of %d".formatted(start, source.size()));
        }
        start = Math.min(start, source.size());
        long rest = source.size() - start;
        long length = count < 0 ? rest : Math.min(rest, times(block, count));
        var options = FormatOptions.parse(targetFormat, List.of());
        NewImage image = NewImage.of(given.get("of"), targetFormat, length, options);
        boolean isZero = image.isZero(work.pool());
        work.make(image);
        OpenHow how = OpenHow.toWrite(targetFormat, trust).by(CacheMode.unsafe);
        DiskImage target = work.open(given.get("of"), how);
        BlockDevice part = Concatenation.part(source, start, length);
        var sink = target.sink(isZero);
        var pieces = new Pieces(Pieces.of(part), 0, length, Copier.PIECE_SIZE, sink.unit());
        try (var shown = new Progress("dd", length, false, common)) {
            new Copier(part, sink, pieces, CopyHow.DEFAULT, shown).run();
        }
        target.finish(false);
        return null;
    }

    private long times(long block, long count) {
        try {
            return Math.multiplyExact(block, count);
        } catch (ArithmeticException e) {
            throw common.misuse("more than 2^63 - 1 bytes: " + count + " blocks of " + block);
        }
    }
}
