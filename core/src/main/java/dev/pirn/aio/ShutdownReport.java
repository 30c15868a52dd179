package dev.pirn.aio;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What was left in a loop when it was {@linkplain EventLoop#shutdown shut down}, by name.
 *
 * @param cancelled coroutines that were cancelled, and ended
 * @param refused coroutines that had not ended when the turns were used up; they never go on by themselves
 * @param timers timers that were armed, and will not fire
 * @param bottomHalves bottom halves and notifiers that were pending, and will not be called
 * @param watches channels that were watched; they are still open
 */
public record ShutdownReport(List<Leftover> cancelled, List<Leftover> refused, List<String> timers,
        List<String> bottomHalves, List<String> watches) {
    static final ShutdownReport CLEAN =
            new ShutdownReport(List.of(), List.of(), List.of(), List.of(), List.of());

    /**
     * A coroutine that was left.
     *
     * @param name its name, or what stands for it
     * @param waitedFor what it waited for, or the place where it did
     */
    public record Leftover(String name, String waitedFor) {
        /** Names it for people. */
        @Override
        public String toString() {
            return name + ", which waited for " + waitedFor;
        }
    }

    /** True if nothing was left. */
    public boolean isClean() {
        return cancelled.isEmpty() && refused.isEmpty() && timers.isEmpty() && bottomHalves.isEmpty()
                && watches.isEmpty();
    }

    /** Returns a line for each kind of thing that was left; nothing if nothing was. */
    @Override
    public String toString() {
        return line("refused to end", refused) + line("was cancelled", cancelled)
                + line("will not fire", timers) + line("will not be called", bottomHalves)
                + line("is watched no more", watches);
    }

    private static String line(String what, List<?> left) {
        return left.stream().map(each -> what + ": " + each + "\n").collect(Collectors.joining());
    }
}
