package dev.pirn.nbd;

import java.io.IOException;

/**
 * A server finds a request too long: it said {@code NBD_EOVERFLOW}; or {@code NBD_EINVAL}, to one of a length
 * that not all like.
 */
final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    TooLongException(String message, Throwable cause) {
        super(message, cause);
    }
}
