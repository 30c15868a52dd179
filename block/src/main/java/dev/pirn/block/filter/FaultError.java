package dev.pirn.block.filter;

import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import dev.pirn.block.RefusedException.Reason;
import java.io.IOException;

/** What a request fails with, by the name of errno. The same as nbdkit's error filter has. */
enum FaultError {
    EIO, ENOSPC, EPERM, ENOMEM, EINVAL, ESHUTDOWN;

    /** Makes the exception, as a disk that failed so would have thrown it. */
    IOException exception(String message) {
        return switch (this) {
            case EIO -> new IOException(message);
            case ENOSPC -> new NoSpaceException(message, null);
            case EPERM -> refused(Reason.NOT_PERMITTED, message);
            case ENOMEM -> refused(Reason.NO_MEMORY, message);
            case EINVAL -> refused(Reason.INVALID, message);
            case ESHUTDOWN -> refused(Reason.SHUTTING_DOWN, message);
        };
    }

    private static IOException refused(Reason reason, String message) {
        return new RefusedException(reason, message, null);
    }
}
