package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;

/**
 * What becomes of an image in which something is found that cannot be: nobody writes to it any more, and its
 * header says so to others ("Corrupt bit").
 */
final class Damage {
    private final StorageFile file;
    private final HeaderFile header;
    private volatile IOException found;

    Damage(StorageFile file, HeaderFile header) {
        this.file = file;
        this.header = header;
    }

    /** Throws if damage was found before. */
    void refuseToWrite() throws IOException {
        IOException why = found;
        if (why == null) return;
        throw new IOException(file.name() + ": not written to any more, for it is damaged: "
                + why.getMessage(), why);
    }

    /** Stops writing, but says nothing to others: the image in the file is as good as it was. */
    void stop(IOException why) {
        if (found == null) found = why;
    }

    /**
     * Notes it, if it is damage of this image, and has the header say so. Suspends.
     *
     * @return {@code what}, to be thrown
     */
    @CoroutineFn
    IOException note(BadImageException what) {
        if (found != null || !what.isDamageOf(file.name())) return what;
        found = what;
        try {
            // Version 2 has no place for it.
            if (header.header().version() >= 3) {
                header.updateSafely(each ->
                        each.withIncompatible(each.incompatible() | Feature.CORRUPT.mask()));
            }
        } catch (IOException e) {
            what.addSuppressed(e);
        }
        return what;
    }

    /** What a request does to the image: done again it has the same effect. */
    interface Change {
        @CoroutineFn
        void run() throws IOException;
    }

    /** Does it, and notes what damage it comes upon. Suspends. */
    @CoroutineFn
    void noting(Change change) throws IOException {
        try {
            change.run();
        } catch (BadImageException e) {
            throw note(e);
        }
    }
}
