package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import java.io.IOException;

/**
 * What is wrong with a request.
 *
 * @param error one of NBD's error values, not {@code NBD_SUCCESS}
 * @param why for the client's user: the request, the rule, the values; short, and without our paths
 */
record Fault(int error, String why) {
    /** What a client is told of what its request's disk threw. */
    static Fault of(Request request, IOException thrown) {
        return switch (thrown) {
            case NoSpaceException e -> request.fault(NBD_ENOSPC, "no space is left below the disk");
            case RefusedException e -> switch (e.reason()) {
                case NOT_PERMITTED -> request.fault(NBD_EPERM, "the disk does not permit it");
                case NO_MEMORY -> request.fault(NBD_ENOMEM, "the disk is out of memory");
                case INVALID -> request.fault(NBD_EINVAL, "the disk does not take it");
                case SHUTTING_DOWN -> request.fault(NBD_ESHUTDOWN, "the disk shuts down");
            };
            default -> request.fault(NBD_EIO, "the disk failed; the server's log says how");
        };
    }
}
