package dev.pirn.nbd;

import java.io.IOException;

/** A server said {@code NBD_ENOTSUP}: of zeroes, that it has no fast way to make them. */
final class UnsupportedRequestException extends IOException {
    private static final long serialVersionUID = 1;

    UnsupportedRequestException(String message, Throwable cause) {
        super(message, cause);
    }
}
