package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;

/**
 * The flushes of a file. Once one failed, all fail, as QEMU's do: Linux then takes the pages for written that
 * were not, tells one caller, and the next {@code fdatasync} succeeds over what is lost. One that was under
 * way meanwhile may be that next one, so that it is asked on both sides.
 */
final class Flushes {
    private final RawFile file;
    /** What the first one that failed threw; null if none did. */
    private volatile IOException failure;

    Flushes(RawFile file) {
        this.file = file;
    }

    @CoroutineFn
    void flush() throws IOException {
        requireNoneLost();
        try {
            file.flush();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        requireNoneLost();
    }

    private void requireNoneLost() throws IOException {
        IOException earlier = failure;
        if (earlier == null) return;
        throw new IOException(file + ": flush: one before it failed, and what was written until then may be "
                + "lost; write it again to the image opened anew (" + earlier.getMessage() + ")", earlier);
    }
}
