package dev.pirn.block;

import java.io.IOException;
import java.util.Objects;

/**
 * Says that a disk refuses a request for a reason that has a name: who hands errors on, as a server does,
 * can name it to those whose request it was. A disk that is full throws {@link NoSpaceException}; one that
 * failed, any other IOException.
 */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Reason {
        /** Whoever asks may not do that ({@code EPERM}). */
        NOT_PERMITTED,
        /** There is no memory for it now ({@code ENOMEM}). */
        NO_MEMORY,
        /** It is asked in a way that the disk does not take ({@code EINVAL}). */
        INVALID,
        /** The disk is about to go away ({@code ESHUTDOWN}). */
        SHUTTING_DOWN
    }

    private final Reason reason;

    /** Makes one with the message of whoever refuses. */
    public RefusedException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
