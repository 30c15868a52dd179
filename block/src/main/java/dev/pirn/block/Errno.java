package dev.pirn.block;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Linux's error numbers, and the exceptions that we make of them. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOSPC = 28;
    static final int ENOSYS = 38;
    static final int EOPNOTSUPP = 95;
    static final int EDQUOT = 122;
    static final int ECANCELED = 125;

    private Errno() { }

    /** Makes the exception for what a call on an open file returned, in the words of the C library. */
    static IOException of(String what, int errno) {
        String text = what + ": " + Libc.text(errno) + " (errno " + errno + ")";
        return errno == ENOSPC || errno == EDQUOT ? new NoSpaceException(text, null) : new IOException(text);
    }

    /** Makes the exception for a file that could not be opened, as {@code FileChannel.open} would. */
    static IOException ofOpen(Path path, int errno) {
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(path.toString());
            case EACCES -> new AccessDeniedException(path.toString());
            default -> new FileSystemException(path.toString(), null, Libc.text(errno));
        };
    }
}
