package dev.pirn.nbd;

import dev.pirn.block.BlockDevice;
import dev.pirn.CoroutineFn;
import java.io.IOException;

/**
 * Another server's export as a disk.
 *
 * <p>Many requests are in flight at a time. What a server cannot do is done by other means where there are
 * any: zeroes are written, a flush stands for FUA, blocks that are larger than a request are read and
 * written back. Hints are dropped.
 *
 * <p>A connection that is lost is opened again when a request needs it, as often as the
 * {@linkplain NbdClientOptions options} allow; then every request fails. What had no answer is sent again,
 * unless that could undo what was answered since; a write that could fails, and may have been done. A
 * {@code flush} covers one connection's writes alone: it fails, once, if any were answered on one that was
 * lost before it, for the server may have lost them too.
 *
 * <p>A server that breaks the protocol is not spoken to again: all requests fail, and say which rule.
 */
public final class NbdClient {
    private NbdClient() { }

    /**
     * Connects, and opens the export. Suspends. The disk belongs to the caller's loop; its {@code close},
     * called there, takes leave of the server. Requests that a cancellation ended are answered into the void.
     *
     * @throws java.nio.file.AccessDeniedException if the export is read-only, and the options are not
     * @throws IOException if the server is not there, has no such export, wants what we have not (TLS), or
     *     breaks the protocol; names the server and what is wrong. Nothing stays open
     */
    @CoroutineFn
    public static BlockDevice open(NbdUri uri, NbdClientOptions options) throws IOException {
        Session session = Session.open(uri, options);
        var driver = new NbdDriver(session, options.discard());
        return BlockDevice.of(uri.toString(), driver, options.readOnly());
    }
}
