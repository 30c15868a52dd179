package dev.pirn;

import java.time.Duration;
import java.util.List;

/**
 * What a coroutine was and did when somebody looked.
 *
 * @param id its number, unique in this JVM; Flight Recorder events have the same
 * @param name its name, or null
 * @param state what it did
 * @param backend what its frames are kept on
 * @param home the name of the home where it last ran; null if it has run in none
 * @param caller the name, or {@code #} and the number, of the coroutine that entered it and waits for it;
 *     null if none does
 * @param waitsFor what it waits for, in words; null if it waits for nothing that says so
 * @param thread the name of the thread in which it runs; null if it does not run
 * @param age since it was made, or first seen by the tracking
 * @param since how long it has been in this state, running and entered another taken as one
 * @param stack its frames, innermost first, without those that switch coroutines; empty if it has none yet
 * @param createdAt the frames of who made it; empty unless places are tracked
 */
public record CoroutineInfo(long id, String name, Coroutine.State state, Backend backend, String home,
        String caller, String waitsFor, String thread, Duration age, Duration since,
        List<StackTraceElement> stack, List<StackTraceElement> createdAt) {
    /** Takes copies of the lists. */
    public CoroutineInfo {
        stack = List.copyOf(stack);
        createdAt = List.copyOf(createdAt);
    }

    /** Its name in quotes, or {@code #} and its number. */
    String who() {
        return name != null ? '"' + name + '"' : "#" + id;
    }
}
