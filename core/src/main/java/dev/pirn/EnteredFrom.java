package dev.pirn;

/**
 * Where a coroutine was entered from, as a suppressed exception of what it threw: stack traces then name the
 * coroutine and show both stacks, also where the frames of the one do not stand on those of the other (the
 * thread backend), or the exception is older than the enter.
 *
 * <p>Not a change of the exception's own stack trace: that would no longer be what the JVM saw.
 */
final class EnteredFrom extends Throwable {
    private static final long serialVersionUID = 1;
    /** An exception that is kept and thrown again and again must not grow for ever. */
    private static final int MARKS_MAX = 8;

    private EnteredFrom(Coroutine co) {
        super(co + ", entered from", null, false, true);
        setStackTrace(Frames.below(getStackTrace(), EnteredFrom.class.getName(),
                CoroutineException.class.getName()));
    }

    /** Marks {@code thrown}, on its way out of the enter of {@code co}, unless it has many marks already. */
    static void mark(Throwable thrown, Coroutine co) {
        int marks = 0;
        for (Throwable each : thrown.getSuppressed()) {
            if (each instanceof EnteredFrom) marks++;
        }
        if (marks < MARKS_MAX) thrown.addSuppressed(new EnteredFrom(co));
    }

    /** Without the class: it says nothing to a reader. */
    @Override
    public String toString() {
        return getMessage();
    }

    /** To where Pirn may not be, as an exception that is everywhere. */
    private Object writeReplace() {
        var plain = new Throwable(getMessage());
        plain.setStackTrace(getStackTrace());
        return plain;
    }
}
