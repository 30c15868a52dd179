package dev.pirn.block;

import java.util.Objects;

/**
 * How a raw image is opened.
 *
 * @param readOnly opens the file for reading alone; a file that may not be written can then be served
 * @param discard what becomes of the storage under ranges that are discarded, or zeroed with leave to unmap
 */
public record RawOptions(boolean readOnly, Discard discard) {
    /** For reading and writing; discards are ignored. */
    public static final RawOptions DEFAULT = new RawOptions(false, Discard.IGNORE);

    /** Refuses null. */
    public RawOptions {
        Objects.requireNonNull(discard, "discard");
    }

    /** For reading alone. */
    public static RawOptions ofReadOnly() {
        return new RawOptions(true, Discard.IGNORE);
    }
}
