package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.Preallocation;
import dev.pirn.block.RawImages;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code resize}: a longer disk, or a shorter one. */
@Command(name = "resize", sortOptions = false, description = "Make the disk of an image longer, or shorter.")
final class Resize implements Callable<Integer> {
    // Names of preallocation as the command line has them.
    private enum How {
        off(Preallocation.OFF), metadata(Preallocation.METADATA), falloc(Preallocation.FALLOC),
        full(Preallocation.FULL);

        final Preallocation meaning;

        How(Preallocation meaning) {
            this.meaning = meaning;
        }
    }

    @Parameters(index = "0", paramLabel = "FILE", description = "The image.")
    private String file;

    @Parameters(index = "1", paramLabel = "[+|-]SIZE",
            description = "The new size, or by how much it grows or shrinks.")
    private String size;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "--preallocation", paramLabel = "HOW", defaultValue = "off",
            description = "Of what is added: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private How how;

    @Option(names = "--shrink", description = "It may become shorter; what lies behind its new end is lost.")
    private boolean shrink;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Resize() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        if (size.startsWith("--")) throw common.misuse("unknown option: " + size);
        return Work.run(this::resize);
    }

    @CoroutineFn
    private Integer resize(Work work) throws Failure, IOException {
        DiskImage image = work.open(file, OpenHow.toChange(format, trust));
        if (image.format() == Format.raw && image.file() == null) {
            throw Failure.of("an export's size is its server's", file);
        }
        long now = image.size();
        long wanted = wanted(now);
        if (wanted == 0) throw common.misuse("a disk has at least a byte: " + size);
        if (wanted < now && !shrink) {
            throw Failure.of("would lose what lies behind its new end",
                    "%s: %d bytes instead of %d".formatted(file, wanted, now))
                    .hint("--shrink makes it shorter all the same");
        }
        if (wanted < now && how != How.off) {
            throw common.misuse("--preallocation is for what is added: " + size);
        }
        if (image.format() == Format.raw && how == How.metadata) {
            throw common.misuse("raw images have no metadata to preallocate: " + how);
        }
        if (image.format() == Format.qcow2) resizeQcow2(image, wanted);
        else resizeRaw(work, image.file(), wanted);
        common.tell("Image resized.");
        return Main.OK;
    }

    @CoroutineFn
    private void resizeQcow2(DiskImage image, long wanted) throws Failure, IOException {
        if (how != How.off && image.qcow2().backingName() != null) {
            throw Failure.of("has a backing file: what is added cannot be preallocated", file);
        }
        try {
            image.qcow2().resize(ImageInfo.inSectors(wanted), how.meaning);
        } finally {
            image.measureAnew();
        }
    }

    @CoroutineFn
    private void resizeRaw(Work work, Path path, long wanted) throws IOException {
        work.pool().call(() -> {
            RawImages.resize(path, wanted, how.meaning);
            return null;
        });
    }

    private long wanted(long now) {
        char sign = size.isEmpty() ? ' ' : size.charAt(0);
        boolean relative = sign == '+' || sign == '-';
        try {
            long bytes = Sizes.parse(relative ? size.substring(1) : size);
            if (!relative) return bytes;
            if (sign == '-' && bytes > now) throw common.misuse("less than nothing: " + size + " of " + now);
            return sign == '-' ? now - bytes : Math.addExact(now, bytes);
        } catch (ArithmeticException e) {
            throw common.misuse("more than 2^63 - 1 bytes: " + size);
        } catch (IllegalArgumentException e) {
            throw common.misuse("SIZE is " + e.getMessage());
        }
    }
}
