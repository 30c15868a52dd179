package dev.pirn.block.qcow2;

import java.io.IOException;

/**
 * Says that an image is not what the format's text asks for, or that it needs what is not there: the file,
 * the offset, the rule, and the values. Nothing is wrong with the disk below.
 */
public final class BadImageException extends IOException {
    private static final long serialVersionUID = 1;

    /** The file of which this says that its tables contradict themselves; null if it says other things. */
    private final String damaged;

    private BadImageException(String file, String rule, Object[] values, boolean damaged) {
        super(file + ": " + rule.formatted(values));
        this.damaged = damaged ? file : null;
    }

    static BadImageException of(String file, String rule, Object... values) {
        return new BadImageException(file, rule, values, false);
    }

    /** Of an image whose tables contradict themselves: it must not be written to. */
    static BadImageException ofDamage(String file, String rule, Object... values) {
        return new BadImageException(file, rule + ": the image is damaged", values, true);
    }

    /** Whether the tables of that very file contradict themselves, and not those of a backing file, say. */
    boolean isDamageOf(String file) {
        return file.equals(damaged);
    }
}
