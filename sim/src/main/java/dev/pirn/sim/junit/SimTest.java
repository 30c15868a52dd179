package dev.pirn.sim.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that is run once for each of many seeds, with a {@link dev.pirn.sim.Sim} of that seed for its one
 * parameter; JUnit sees one test. All that a run changes must be made in the method: the object is the same.
 *
 * <p>A seed that failed is told in the message, with what replays it; it is added to the file
 * {@code .pirn-seeds} in the working directory, and runs first from then on. {@code -Dpirn.sim.seed=N} runs
 * that one alone; {@code -Dpirn.long=true} runs a hundred times as many, {@code -Dpirn.sim.percent=5} fewer.
 */
@Test
@ExtendWith(SimExtension.class)
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface SimTest {
    /** How many, from 0 on. */
    int seeds() default 1000;

    /** Whether sockets and files are short and selectors spurious: {@link dev.pirn.sim.SimOptions#NASTY}. */
    boolean nasty() default false;
}
