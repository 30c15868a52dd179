package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import java.io.IOException;
import java.net.ProtocolException;

/** Makes the errors of a client, which name the server; keeps what it said last. */
final class Blame {
    private final NbdUri server;
    private String said = "";

    Blame(NbdUri server) {
        this.server = server;
    }

    /** Notes the text of an error, for {@link #refusal}. */
    void says(String text) {
        said = text;
    }

    /** Says that the server broke a rule. Whoever gets it does not speak to that server any more. */
    ProtocolException rule(String broken) {
        return new ProtocolException(server + ": the server broke the protocol: " + broken);
    }

    /** Says that the server does not do what we want, as it may; with what it said itself, if anything. */
    IOException refusal(String what) {
        return new IOException(server + ": the server refused: " + what + suffix(said));
    }

    /** Says what else went wrong. */
    IOException failure(String what, Throwable cause) {
        return new IOException(server + ": " + what, cause);
    }

    /** Says what the server could not do, by one of NBD's error values and its own text. */
    IOException failed(Request request, int error, String text) {
        String name = switch (error) {
            case NBD_EPERM -> "EPERM, not permitted";
            case NBD_EIO -> "EIO, an I/O error";
            case NBD_ENOMEM -> "ENOMEM, out of memory";
            case NBD_EINVAL -> "EINVAL, an invalid argument";
            case NBD_ENOSPC -> "ENOSPC, no space left";
            case NBD_EOVERFLOW -> "EOVERFLOW, too large";
            case NBD_ENOTSUP -> "ENOTSUP, not supported";
            case NBD_ESHUTDOWN -> "ESHUTDOWN, the server is shutting down";
            default -> "error " + Integer.toUnsignedString(error);
        };
        String what = server + ": " + request + " failed: " + name + suffix(text);
        return switch (error) {
            case NBD_ENOSPC -> new NoSpaceException(what, null);
            case NBD_ENOTSUP -> new UnsupportedRequestException(what, null);
            case NBD_EPERM -> new RefusedException(RefusedException.Reason.NOT_PERMITTED, what, null);
            case NBD_ENOMEM -> new RefusedException(RefusedException.Reason.NO_MEMORY, what, null);
            case NBD_EOVERFLOW -> new TooLongException(what, null);
            default -> error == NBD_EINVAL && request.length() > Limits.RANGE_SIZE_MAX
                    ? new TooLongException(what, null) : new IOException(what);
        };
    }

    /** A server's text behind ours. */
    static String suffix(String text) {
        return text.isEmpty() ? "" : " (it says: " + quote(text) + ")";
    }

    /** A server's text, for a terminal: without control characters, and not too long. */
    static String quote(String text) {
        String clean = text.replaceAll("\\p{C}", "?");
        int most = Limits.QUOTED_LENGTH_MAX;
        return "\"" + (clean.length() > most ? clean.substring(0, most) + "\u2026" : clean) + "\"";
    }

    @Override
    public String toString() {
        return server.toString();
    }
}
