package dev.pirn.nbd;

/**
 * Writes that a server has answered and not yet flushed. With a connection they may be lost, for all that a
 * client knows: the server may have died with them. The next flush has to say so, once.
 */
final class Unflushed {
    private long written;
    private long flushed;
    private boolean lost;

    /** Writes that were answered, in all: what a flush that is sent now will cover. */
    long written() {
        return written;
    }

    /** Counts one that was answered. */
    void wrote() {
        written++;
    }

    /** Says that the first {@code count} are on stable storage. */
    void flushed(long count) {
        flushed = Math.max(flushed, count);
    }

    /** Says that the connection was lost. */
    void lose() {
        lost |= written > flushed;
        flushed = written; // Nothing more can be done for them.
    }

    /** True once after writes were lost, to be told. */
    boolean takeLoss() {
        boolean told = lost;
        lost = false;
        return told;
    }
}
