package dev.pirn.block.filter;

import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import java.io.IOException;

/** What a request fails with, by the name of errno. The same as nbdkit's error filter has. */
enum FaultError {
    EIO, ENOSPC, EPERM, ENOMEM, EINVAL, ESHUTDOWN;

    /** Makes the exception, as a disk that failed so would have thrown it. */
    IOException exception(String message) {
        return switch (this) {
            case EIO -> new IOException(message);
            case ENOSPC -> new NoSpaceException(message, null);
            case EPERM -> new RefusedException(RefusedException.Reason.NOT_PERMITTED, message);
            case ENOMEM -> new RefusedException(RefusedException.Reason.NO_MEMORY, message);
            case EINVAL -> new RefusedException(RefusedException.Reason.INVALID, message);
            case ESHUTDOWN -> new RefusedException(RefusedException.Reason.SHUTTING_DOWN, message);
        };
    }
}
