package dev.pirn.lock;

import dev.pirn.Points;

/**
 * What a {@link Select} may do: receive from one channel, or send one element into one. Made by
 * {@link Channel#receiving} and {@link Channel#sending}; may be used again and again, by one select at a
 * time.
 *
 * @param <T> the elements of its channel
 */
public final class Case<T> {
    final Channel<T> channel;
    final boolean sends;
    /** What is sent, or was received; guarded by the channel's monitor while it stands in a line. */
    T element;
    /** The channel was closed before it was sent. */
    boolean refused;
    /**
     * Who waited for what this did just now, and is to be told. Not its case: whoever is cancelled meanwhile
     * has what it was handed, and may have its case stand for another choice already.
     */
    Choice partner;
    /** Whose it is while it stands in a line; guarded by the channel's monitor. */
    Choice choice;

    // Links of the one line that it stands in, guarded by the channel's monitor.
    Case<T> before;
    Case<T> after;
    boolean listed;

    Case(Channel<T> channel, boolean sends) {
        this.channel = channel;
        this.sends = sends;
    }

    /** What was received when a select last chose it, null at the channel's end; or what it sends. */
    public T value() {
        return element;
    }

    /** Throws if it was to be sent into a channel that is closed. */
    void requireSent() {
        if (refused) throw channel.refusal();
    }

    /** Wakes the other side, if this met one; outside of any monitor. */
    void tellPartner() {
        Choice claimed = partner;
        if (claimed == null) return;
        partner = null;
        Points.point("Channel, between claim and wake");
        claimed.tell();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return (sends ? "room in " : "an element of ") + channel;
    }
}
