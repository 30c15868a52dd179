package dev.pirn.tool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * What keeps a verb from doing its work, for the user to read: a rule, the values that break it and, if we
 * know one, the cure.
 */
public final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String hint;
    private final int code;

    private Failure(String message, String hint, int code, Throwable cause) {
        super(message, cause);
        this.hint = hint;
        this.code = code;
    }

    /** Makes one without a known cure: {@code rule: values}. */
    public static Failure of(String rule, Object values) {
        return new Failure(rule + ": " + values, null, Main.FAILED, null);
    }

    /** The same with what the user can do about it. */
    public Failure hint(String cure) {
        return new Failure(getMessage(), cure, code, getCause());
    }

    /** The same with the exception behind it, which {@code --debug} shows. */
    public Failure causedBy(Throwable cause) {
        return new Failure(getMessage(), hint, code, cause);
    }

    /** The same for a verb that tells its failures apart by the exit code. */
    public Failure withCode(int exitCode) {
        return new Failure(getMessage(), hint, exitCode, getCause());
    }

    /** The exit code of the command. */
    public int code() {
        return code;
    }

    /** Why the file system refused something, without the path, which the JDK puts before it. */
    public static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file or directory";
            case AccessDeniedException denied -> "permission denied";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> e.getMessage() != null ? e.getMessage() : e.toString();
        };
    }

    /** The cure, or null. */
    String hint() {
        return hint;
    }
}
