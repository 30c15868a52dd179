package dev.pirn.tool;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.CoroutineFn;
import dev.pirn.nbd.NbdClient;
import dev.pirn.nbd.NbdClientOptions;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;

/** Another server's export, opened as an image. */
public final class OtherServer {
    private OtherServer() { }

    /**
     * Opens one that an image names as its backing file; null for what is no export. Suspends.
     *
     * @param format its format by that image; null if it does not say
     */
    @CoroutineFn
    public static BlockDevice openBacking(String name, String format) throws IOException {
        if (!NbdUri.isOne(name)) return null;
        if (format != null && !format.equals(ImageFormat.RAW)) {
            throw new IOException("not built yet: " + format + " over NBD: " + name);
        }
        BlockDevice disk;
        try {
            disk = open(NbdUri.parse(name), true, Discard.IGNORE);
        } catch (IllegalArgumentException | Failure e) {
            throw new IOException(e.getMessage(), e);
        }
        if (format == null) requireRaw(disk);
        return disk;
    }

    /** Else one that is qcow2 would be shown as its tables; refuses it, closed. */
    @CoroutineFn
    private static void requireRaw(BlockDevice disk) throws IOException {
        String found;
        try {
            MemorySegment start = Arena.ofAuto().allocate(Math.min(disk.size(), ImageFormat.HEADER_SIZE));
            disk.read(0, start);
            found = ImageFormat.of(start.toArray(ValueLayout.JAVA_BYTE));
        } catch (IOException | RuntimeException | Error e) {
            disk.close();
            throw e;
        }
        if (found.equals(ImageFormat.RAW)) return;
        disk.close();
        throw new IOException("looks like " + found + ", and the image does not say that it is raw: "
                + disk.name());
    }

    /** Opens it. Suspends. */
    @CoroutineFn
    public static BlockDevice open(NbdUri uri, boolean readOnly, Discard discard) throws Failure {
        var options = NbdClientOptions.DEFAULT.withDiscard(discard);
        try {
            return NbdClient.open(uri, readOnly ? options.asReadOnly() : options);
        } catch (AccessDeniedException e) {
            throw Failure.of("cannot be written", uri + ": " + e.getReason())
                    .hint("--read-only serves it as it is").causedBy(e);
        } catch (IOException e) {
            throw Failure.of("cannot be opened", e.getMessage()).causedBy(e);
        }
    }
}
