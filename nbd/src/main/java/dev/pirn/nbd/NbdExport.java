package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.BlockDevice;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a server serves.
 *
 * @param name what clients ask for, besides the empty name, which is always this export; may be empty
 * @param description for people; may be empty
 * @param device stays the caller's, to be closed when the server has been shut down
 * @param contexts what clients can ask about ranges of it, besides {@code base:allocation}; at most 61
 */
public record NbdExport(String name, String description, BlockDevice device, List<NbdContext> contexts) {
    /** Refuses strings that the protocol cannot carry: with a NUL, or longer than 4096 bytes in UTF-8. */
    public NbdExport {
        contexts = List.copyOf(contexts);
        if (contexts.size() > Limits.CONTEXTS_MAX - 1) {
            throw new IllegalArgumentException("an export with " + contexts.size() + " contexts, more than "
                    + (Limits.CONTEXTS_MAX - 1));
        }
        if (contexts.stream().map(NbdContext::name).distinct().count() < contexts.size()) {
            throw new IllegalArgumentException("an export with two contexts of one name");
        }
        check("name", name);
        check("description", description);
        Objects.requireNonNull(device, "device");
    }

    /** One without other contexts. */
    public NbdExport(String name, String description, BlockDevice device) {
        this(name, description, device, List.of());
    }

    /** The name of the context with this number, of those from 1 to {@link #contextCount}. */
    String contextName(int id) {
        return id == BASE_ALLOCATION_ID ? BASE_ALLOCATION : context(id).name();
    }

    /** The context with this number, which is not that of {@code base:allocation}. */
    NbdContext context(int id) {
        return contexts.get(id - BASE_ALLOCATION_ID - 1);
    }

    /** How many it has; their numbers are 1 and up. */
    int contextCount() {
        return contexts.size() + 1;
    }

    /**
     * The numbers of those contexts that queries ask for. A list also has those of a namespace, or of a part
     * of one ({@code qemu:}, {@code qemu:dirty-bitmap:}), and all if nothing is asked for; set are those
     * alone that are named.
     */
    List<Integer> contextsFor(List<String> queries, boolean list) {
        var found = new ArrayList<Integer>();
        for (int id = 1; id <= contextCount(); id++) {
            String context = contextName(id);
            boolean wanted = list && queries.isEmpty();
            for (String each : queries) {
                wanted |= each.equals(context) || list && each.endsWith(":") && context.startsWith(each);
            }
            if (wanted) found.add(id);
        }
        return found;
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
