package dev.pirn.sim;

/** A channel of a simulated world. */
interface Simulated {
    /** Which operations would not wait now, of {@link java.nio.channels.SelectionKey}'s. */
    int ready();
}
