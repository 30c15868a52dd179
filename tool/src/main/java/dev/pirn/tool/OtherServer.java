package dev.pirn.tool;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.CoroutineFn;
import dev.pirn.nbd.NbdClient;
import dev.pirn.nbd.NbdClientOptions;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Another server's export, opened as an image. */
public final class OtherServer {
    private OtherServer() { }

    /** Opens one that an image names as its backing file; null for what is no export. Suspends. */
    @CoroutineFn
    public static BlockDevice openBacking(String name) throws IOException {
        if (!NbdUri.isOne(name)) return null;
        try {
            return open(NbdUri.parse(name), true, Discard.IGNORE);
        } catch (IllegalArgumentException | Failure e) {
            throw new IOException(e.getMessage(), e);
        }
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
