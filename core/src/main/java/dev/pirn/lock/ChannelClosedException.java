package dev.pirn.lock;

/** Thrown to who sends into a {@link Channel} that is closed: what he sends has not been taken. */
public final class ChannelClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    ChannelClosedException(String message) {
        super(message);
    }
}
