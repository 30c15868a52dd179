package dev.pirn.block.qcow2;

import dev.pirn.block.BlockDevice;
import dev.pirn.CoroutineFn;
import java.io.IOException;

/** Opens what a backing file's name can be besides a file: an NBD server's export, say. */
public interface BackingOpener {
    /**
     * Opens it for reading, byte for byte, whatever format those bytes are in. Suspends.
     *
     * @param name as it stands in the image: it begins with a protocol and a colon
     * @return null if it knows nothing of that protocol
     */
    @CoroutineFn
    BlockDevice open(String name) throws IOException;
}
