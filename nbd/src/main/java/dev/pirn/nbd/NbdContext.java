package dev.pirn.nbd;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * A metadata context of an export, besides {@code base:allocation}, which every export has.
 *
 * @param name a namespace, a colon and a leaf: {@code qemu:dirty-bitmap:NAME}
 */
public record NbdContext(String name, Source source) {
    /**
     * Bytes of the disk side by side that are alike.
     *
     * @param length at least 1
     * @param flags as the context's namespace defines them
     */
    public record Status(long length, int flags) { }

    /** Who knows of a range. Called by coroutines of any of the server's loops. */
    @FunctionalInterface
    public interface Source {
        /**
         * Says what is true of {@code length} bytes at {@code offset}, from the first on: at least one part
         * and at most {@code countMax}, none of which reaches beyond the range. May suspend.
         */
        @CoroutineFn
        List<Status> status(long offset, long length, int countMax) throws IOException;
    }

    /** Refuses names that the protocol cannot carry, or that have no namespace. */
    public NbdContext {
        NbdExport.check("context", name);
        Objects.requireNonNull(source, "source");
        if (name.indexOf(':') < 1 || name.startsWith(Proto.BASE_NAMESPACE)) {
            throw new IllegalArgumentException("a context named \"" + name + "\"; give it a namespace, and "
                    + "another one than base");
        }
    }
}
