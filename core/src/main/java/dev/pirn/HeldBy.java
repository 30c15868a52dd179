package dev.pirn;

import java.util.List;

/**
 * What coroutines wait for until others have given it back: if it is the subject of a {@link Completion},
 * the dump of {@link Coroutines} says who has it, and finds those that wait for each other in a circle.
 */
public interface HeldBy {
    /** Those who have it now. A glance, from any thread; must not wait for anything. */
    List<Coroutine> holders();
}
