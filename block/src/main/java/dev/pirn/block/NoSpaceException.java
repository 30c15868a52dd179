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
}
