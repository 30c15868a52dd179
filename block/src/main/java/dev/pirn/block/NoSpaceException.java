package dev.pirn.block;

import java.io.IOException;

/**
 * Says that the storage below a disk is full, or a quota reached: room made elsewhere lets the request
 * succeed.
 */
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1;

    /** Makes one with the message of whoever found out. */
    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Makes one of {@code e}, if it says so, and else returns it. The JDK has no type for a full disk and
     * does not tell errno; the text is the C library's. Where that is not in English, a full disk is a disk
     * that failed, as it would be without this.
     */
    static IOException orElse(Object file, IOException e) {
        String text = e.getMessage();
        boolean full = text != null && (text.contains("No space left") || text.contains("quota exceeded"));
        return full ? new NoSpaceException(file + ": " + text, e) : e;
    }
}
