package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.BlockDevice;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a server serves.
 *
 * @param name what clients ask for, besides the empty name, which is always this export; may be empty
 * @param description for people; may be empty
 * @param device stays the caller's, to be closed when the server has been shut down
 */
public record NbdExport(String name, String description, BlockDevice device) {
    /** Refuses strings that the protocol cannot carry: with a NUL, or longer than 4096 bytes in UTF-8. */
    public NbdExport {
        check("name", name);
        check("description", description);
        Objects.requireNonNull(device, "device");
    }

    /**
     * The minimum block size that clients are told of who ask for it: the disk's; or 1 where it has another
     * number of bytes at its end, which could else not be reached. Who does not ask is served by the byte.
     */
    int blockSizeMin() {
        int blockSize = device.blockSize();
        return device.size() % blockSize == 0 ? blockSize : Limits.BLOCK_SIZE_MIN;
    }

    static void check(String what, String value) {
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        if (length > STRING_LENGTH_MAX) {
            throw new IllegalArgumentException("an export's " + what + " of " + length + " bytes, more than "
                    + "the " + STRING_LENGTH_MAX + " that NBD allows");
        }
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an export's " + what + " with a NUL, which NBD forbids");
        }
    }
}
