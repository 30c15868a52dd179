package dev.pirn.block.filter;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Which requests a rule is about, by their word in it. */
enum FaultOperation {
    READ(true), WRITE(true), ZERO(true), DISCARD(true), FLUSH(false), EXTENTS(true), PREFETCH(true);

    /** Whether it is about a range of the disk. */
    final boolean hasRange;

    FaultOperation(boolean hasRange) {
        this.hasRange = hasRange;
    }

    /** Whether the first part of its range can be done without the rest. */
    boolean hasParts() {
        return hasRange && this != EXTENTS;
    }

    /** The operations of a word, or of NBD's or nbdkit's word for the same; none if it is none. */
    static Set<FaultOperation> of(String word) {
        return switch (word) {
            case "any" -> EnumSet.allOf(FaultOperation.class);
            case "read" -> EnumSet.of(READ);
            case "write" -> EnumSet.of(WRITE);
            case "zero" -> EnumSet.of(ZERO);
            case "discard", "trim" -> EnumSet.of(DISCARD);
            case "flush" -> EnumSet.of(FLUSH);
            case "extents", "status" -> EnumSet.of(EXTENTS);
            case "prefetch", "cache" -> EnumSet.of(PREFETCH);
            default -> Set.of();
        };
    }

    /** Names a request for people. */
    String text(long offset, long length) {
        String word = name().toLowerCase(Locale.ROOT);
        return hasRange ? "%s of [%d, +%d)".formatted(word, offset, length) : word;
    }
}
