package dev.pirn.nbd;

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
