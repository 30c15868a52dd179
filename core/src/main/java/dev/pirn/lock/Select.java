package dev.pirn.lock;

import dev.pirn.CoroutineFn;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Does one of several sends and receives, whichever can be done first; the others are as if they had never
 * been asked for.
 *
 * {@snippet class="dev.pirn.lock.SelectTest" region="select"}
 *
 * <p>Fair: of those that can be done at once, the one is chosen that comes next in turn, so that none can
 * keep the others out. For one coroutine at a time.
 */
public final class Select {
    private final Case<?>[] cases;
    /** Those of the cases, each once, in the order in which they are locked. */
    private final Channel<?>[] channels;
    /** Where the next look begins. */
    private int turn;

    private Select(Case<?>... cases) {
        this.cases = cases;
        channels = Arrays.stream(cases).map(each -> each.channel).distinct()
                .sorted(Comparator.comparingLong(channel -> channel.number)).toArray(Channel<?>[]::new);
    }

    /**
     * Makes one that may be used again and again.
     *
     * @throws IllegalArgumentException if {@code cases} is empty, or has one twice
     */
    public static Select of(Case<?>... cases) {
        if (cases.length == 0 || Arrays.stream(cases).distinct().count() < cases.length) {
            throw new IllegalArgumentException("a select of " + Arrays.toString(cases) + "; it needs at "
                    + "least one case, and each once");
        }
        return new Select(cases.clone());
    }

    /**
     * Does one of the cases. Suspends while none can be done.
     *
     * @return the one; {@link Case#value} is what it received
     * @throws ChannelClosedException if the one is to be sent into a channel that is closed
     * @throws java.util.concurrent.CancellationException if the coroutine was cancelled; none was done
     * @throws IllegalStateException if it would have to wait outside of a coroutine that runs in a loop
     */
    @CoroutineFn
    public Case<?> await() {
        var choice = new Choice(cases);
        Case<?> done = begin(choice);
        if (done == null) done = choice.await();
        done.requireSent();
        return done;
    }

    /**
     * Does one of the cases if that needs no waiting. From any thread.
     *
     * @return the one, or null
     * @throws ChannelClosedException as {@link #await}
     */
    public Case<?> poll() {
        Case<?> done = begin(null);
        if (done != null) done.requireSent();
        return done;
    }

    /** Does one now; or returns null, and all stand in their lines, if there is a choice to be made. */
    private Case<?> begin(Choice choice) {
        Case<?> done = locked(0, choice);
        if (done != null) done.tellPartner();
        return done;
    }

    private Case<?> locked(int depth, Choice choice) {
        if (depth == channels.length) return look(choice);
        synchronized (channels[depth]) {
            return locked(depth + 1, choice);
        }
    }

    /** First all are tried, and then all are put in line: no two cases of one select may meet each other. */
    private Case<?> look(Choice choice) {
        requireUnused();
        for (int i = 0; i < cases.length; i++) {
            Case<?> each = cases[(turn + i) % cases.length];
            if (!attempt(each)) continue;
            turn = (turn + i + 1) % cases.length;
            return each;
        }
        if (choice == null) return null;
        for (Case<?> each : cases) enlist(each, choice);
        return null;
    }

    private void requireUnused() {
        for (Case<?> each : cases) {
            if (each.listed) {
                throw new IllegalStateException("two coroutines select " + each + " by the same case; make "
                        + "one for each");
            }
        }
    }

    private static <T> boolean attempt(Case<T> wanted) {
        return wanted.channel.attempt(wanted);
    }

    private static <T> void enlist(Case<T> waiting, Choice choice) {
        waiting.choice = choice;
        waiting.channel.enlist(waiting);
    }
}
