package dev.pirn;

import java.lang.System.Logger.Level;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The coroutines that have not ended, while they are tracked, and those that were lost.
 *
 * <pre>
 *   created, or entered ──add──▶ listed ──ends──▶ forgotten
 *                                  └──collected──▶ lost, if it had run: logged once, by a thread of our own
 * </pre>
 */
final class Registry {
    /** How many of the lost are kept for dumps; the others are counted. */
    static final int LOST_MAX = 100;

    static final ReferenceQueue<Coroutine> COLLECTED = new ReferenceQueue<>();

    private static final boolean MANAGEMENT = ModuleLayer.boot().findModule("java.management")
            .filter(Registry.class.getModule()::canRead).isPresent();

    /** Plain: who does not see a change at once sees it soon. Else each step of each coroutine would pay. */
    static boolean tracking;
    static boolean places;

    /*
     * All below is guarded by the class's monitor. A list linked through the tags: a set would cost another
     * object each. Never held while a coroutine runs or its frames are walked.
     */
    private static Tag newest;
    private static int live;
    private static long lost;
    private static final ArrayDeque<Lost> LOST = new ArrayDeque<>();
    private static Thread collector;

    /** What is known of one when it is gone. */
    record Lost(Tag tag, long atNanos) { }

    static {
        String wanted = System.getProperty("pirn.track", "false");
        places = wanted.equals("places");
        if (places || wanted.equals("true")) track(true);
    }

    private Registry() { }

    static synchronized void track(boolean wanted) {
        if (wanted && collector == null) startCollector();
        boolean changed = wanted != tracking;
        tracking = wanted;
        if (changed && MANAGEMENT) Management.follow();
        if (wanted) return;
        while (newest != null) remove(newest);
    }

    private static void startCollector() {
        collector = new Thread(null, Registry::collect, "pirn-lost", 0, false);
        collector.setDaemon(true);
        collector.start();
    }

    private static void collect() {
        while (true) {
            try {
                collected((Tag) COLLECTED.remove());
            } catch (InterruptedException e) {
                return; // Nobody does; but then this is what it means.
            } catch (RuntimeException e) {
                continue; // A logger's: the next one may be heard.
            }
        }
    }

    private static void collected(Tag tag) {
        var gone = new Lost(tag, System.nanoTime());
        synchronized (Registry.class) {
            if (!tag.listed) return;
            remove(tag);
            if (!tag.wasEntered()) return; // Nothing had begun, so nothing is left undone.
            lost++;
            if (LOST.size() == LOST_MAX) LOST.removeFirst();
            LOST.addLast(gone);
        }
        System.getLogger("dev.pirn").log(Level.WARNING, Dump.lost(gone));
    }

    static synchronized void add(Tag tag) {
        if (!tracking || tag.listed) return;
        tag.listed = true;
        tag.before = newest;
        if (newest != null) newest.after = tag;
        newest = tag;
        live++;
    }

    private static synchronized void remove(Tag tag) {
        if (!tag.listed) return;
        tag.listed = false;
        if (tag.after != null) tag.after.before = tag.before; else newest = tag.before;
        if (tag.before != null) tag.before.after = tag.after;
        tag.before = null;
        tag.after = null;
        live--;
    }

    static void entering(Tag tag, Home here) {
        if (!tag.listed) add(tag); // Made before it was tracked.
        tag.entering(here);
    }

    static void left(Tag tag, boolean ended) {
        tag.left();
        if (ended) remove(tag);
    }

    /** Those that are listed, oldest first. */
    static synchronized List<Tag> tags() {
        var all = new ArrayList<Tag>(live);
        for (Tag tag = newest; tag != null; tag = tag.before) all.add(tag);
        return all.reversed();
    }

    static synchronized int live() {
        return live;
    }

    static synchronized long lost() {
        return lost;
    }

    /** The last of those that were lost, oldest first. */
    static synchronized List<Lost> lastLost() {
        return List.copyOf(LOST);
    }
}
