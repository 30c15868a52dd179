package dev.pirn.block;

import java.io.IOException;

/** Thrown where a disk is to be opened in a way that this machine, or its file system, does not have. */
public final class UnsupportedOptionException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Enum<?> option;

    UnsupportedOptionException(Enum<?> option, String why) {
        super(why);
        this.option = option;
    }

    /** Of {@link RawOptions}, what cannot be had: {@link Engine#URING} or {@link CacheMode#NONE}. */
    public Enum<?> option() {
        return option;
    }
}
