package dev.pirn.tool;

import dev.pirn.MayBlock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file of a unix socket, which stays behind when a server is killed, and then keeps the next one from
 * listening.
 *
 * <p>nbdkit makes the user remove it; qemu-nbd removes whatever it finds, a socket that another server
 * listens on too. We remove it only if nobody listens: supervisors start a killed server again without asking
 * anyone.
 */
final class SocketFile {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_SOCKET = 0140000;

    private SocketFile() { }

    /**
     * Makes room at {@code path} for a new socket.
     *
     * @throws Failure if somebody listens there, or it is another kind of file
     */
    @MayBlock("a few looks at one file, before the first client comes")
    static void clear(Path path) throws Failure, IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
        if (!isSocket(path)) throw Failure.of("exists and is not a socket", path);
        if (isListening(path)) throw inUse(path);

        // Between that look and a removal another server may have put its own there. So look again where
        // nobody else does: a socket keeps its listener when its file is renamed.
        Path aside = path.resolveSibling(".pirn-" + ProcessHandle.current().pid());
        try {
            Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return; // Another server removed it: let the two meet at bind.
        }
        if (isListening(aside)) {
            Files.move(aside, path, StandardCopyOption.ATOMIC_MOVE);
            throw inUse(path);
        }
        Files.delete(aside);
    }

    private static Failure inUse(Path path) {
        return Failure.of("socket in use by another server", path);
    }

    private static boolean isSocket(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & TYPE_MASK) == TYPE_SOCKET;
    }

    /** False if surely nobody does. */
    private static boolean isListening(Path path) {
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A server that does not accept any more, with a full queue, would block us for ever.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
