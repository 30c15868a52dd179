package dev.pirn.block;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Somebody else has an image file open in a way that does not go with what was asked for. */
public final class ImageInUseException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    /** Makes one; {@code who} says who has it open, and how. */
    ImageInUseException(Path path, String who) {
        super(path.toString(), null, who);
    }
}
