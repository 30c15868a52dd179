package dev.pirn.block.qcow2;

import java.util.ArrayList;
import java.util.List;

/** What a check has found so far. */
final class Findings {
    static final int MESSAGES_MAX = 100;

    private final List<String> messages = new ArrayList<>();
    private boolean muted;
    private long corruptions;
    private long leaks;
    private long allocated;
    private long fragmented;
    private long compressed;
    private long end;

    /** Whether what is told now was told before, by a pass over the same tables. */
    void mute(boolean yes) {
        muted = yes;
    }

    /** Has what {@code telling} tells told, though the same tables were gone through before. */
    void always(Runnable telling) {
        boolean before = muted;
        muted = false;
        telling.run();
        muted = before;
    }

    /** What can lose data; {@code times} as often as tables lead there. */
    void corrupt(int times, String what, Object... values) {
        if (muted) return;
        corruptions += times;
        say(what, values);
    }

    void corrupt(String what, Object... values) {
        corrupt(1, what, values);
    }

    void leaked(String what, Object... values) {
        leaks++;
        say(what, values);
    }

    void say(String what, Object... values) {
        if (!muted && messages.size() < MESSAGES_MAX) messages.add(what.formatted(values));
    }

    /** Guest clusters that have a place: {@code apart} of them not behind the one before. */
    void allocated(int times, boolean isApart, boolean isCompressed) {
        if (muted) return;
        allocated += times;
        if (isApart) fragmented += times;
        if (isCompressed) compressed += times;
    }

    /** A cluster is in use, or counted so. */
    void inUse(long cluster) {
        end = Math.max(end, cluster + 1);
    }

    boolean isSound() {
        return corruptions == 0;
    }

    boolean isClean() {
        return corruptions == 0 && leaks == 0;
    }

    /** The report of a check that repaired nothing. */
    CheckReport report(Header header) {
        long size = header.size();
        long total = (size >>> header.clusterBits()) + (size % header.clusterSize() == 0 ? 0 : 1);
        return new CheckReport(corruptions, leaks, 0, 0, 0, total, allocated, fragmented, compressed,
                end << header.clusterBits(), List.copyOf(messages));
    }
}
