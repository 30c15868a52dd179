package dev.pirn.block.filter;

import java.util.ArrayList;
import java.util.List;

/**
 * Rules that say which requests fail or wait, as text. Immutable.
 *
 * <pre>
 *   SPEC  = RULE { ";" RULE }
 *   RULE  = KEY "=" VALUE { "," KEY "=" VALUE }        each key at most once, in any order
 *
 *   what    error=ERRNO   fails, and does nothing      EIO ENOSPC EPERM ENOMEM EINVAL ESHUTDOWN
 *           short=ERRNO   does the first half, in whole sectors of 512 bytes, then fails
 *           delay=TIME    waits first                   20ms 1.5s 300us, at most 3600s
 *           jitter=TIME   … and up to so much longer
 *   which   op=OP{+OP}    any read write zero discard flush extents prefetch; else any
 *           offset=A-B    those that touch a byte from A on and before B; B may be left out: to the end
 *   when    nth=N         the N-th of them alone; one of nth, every and rate, or none of them: all
 *           every=N       each N-th
 *           rate=P        by chance: 0.1, or 10%
 *           seed=N        of the chances, 0 if not given
 *           count=N       at most so many
 * </pre>
 *
 * <p>For example {@code error=EIO,op=read,offset=1M-2M,every=10;delay=20ms,op=flush,rate=0.1,seed=7}. A rule
 * says at least one of error, short and delay. Each rule looks at every request, and counts for itself those
 * that it is about; delays add up, and of errors the first rule's counts. The same seed and the same order of
 * requests have the same faults.
 */
public final class FaultSpec {
    private final List<FaultRule> rules;

    FaultSpec(List<FaultRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none; the message says at which character, and what was
     *     expected there
     */
    public static FaultSpec parse(String text) {
        return new FaultSpec(FaultParser.parse(text));
    }

    /** The rules of this and, after them, those of {@code other}. */
    public FaultSpec plus(FaultSpec other) {
        var all = new ArrayList<>(rules);
        all.addAll(other.rules);
        return new FaultSpec(all);
    }

    List<FaultRule> rules() {
        return rules;
    }

    /** The text. */
    @Override
    public String toString() {
        return String.join(";", rules.stream().map(FaultRule::text).toList());
    }
}
