package dev.pirn.block.qcow2;

import java.io.IOException;

/**
 * Says that an image is not what the format's text asks for, or that it needs what is not there: the file,
 * the offset, the rule, and the values. Nothing is wrong with the disk below.
 */
public final class BadImageException extends IOException {
    private static final long serialVersionUID = 1;

    /** Makes one; {@code message} names the file. */
    public BadImageException(String message) {
        super(message);
    }

    static BadImageException of(String file, String rule, Object... values) {
        return new BadImageException(file + ": " + rule.formatted(values));
    }
}
