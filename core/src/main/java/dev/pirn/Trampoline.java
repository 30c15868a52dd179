package dev.pirn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the frames of a woven coroutine: the innermost first, and each one's caller when it has ended, with
 * its result. So a yield under a hundred frames costs no more than one under a single frame.
 */
final class Trampoline {
    private static final String SELF = Trampoline.class.getName();

    private Trampoline() { }

    /** Runs {@code co} until it is suspended or ends. */
    static void step(Coroutine co) {
        Throwable thrown = null;
        try {
            WovenFrame frame = co.top;
            if (frame == null) {
                co.wovenBody();
            } else {
                co.tellCancelled();
                frame.resume(co);
                frame = frame.parent;
            }
            if (co.suspended) {
                co.unwound();
                if (co.top == null) co.top = NoFrame.ONLY;
                return;
            }
            if (frame != null && resumeCallers(co, frame)) return;
        } catch (Throwable e) {
            thrown = e;
        }
        if (thrown != null && co.top != null && co.top.parent != null) {
            thrown = unwind(co, thrown);
            if (thrown == null && co.suspended) {
                co.unwound();
                return;
            }
        }
        co.ended(thrown);
    }

    /** Resumes the callers of a frame that ended; true if one of them suspended the coroutine again. */
    private static boolean resumeCallers(Coroutine co, WovenFrame first) throws Throwable {
        for (WovenFrame frame = first; frame != null; frame = frame.parent) {
            co.top = frame;
            frame.resume(co);
            if (co.suspended) {
                co.unwound();
                return true;
            }
        }
        return false;
    }

    /**
     * Has the callers of the innermost frame, which ended by throwing, see what it threw; returns what left
     * the outermost, or null if one of them caught it and the coroutine ended well or is suspended.
     */
    private static Throwable unwind(Coroutine co, Throwable failure) {
        Throwable thrown = failure;
        StackTraceElement[] whole = whole(thrown.getStackTrace(), co.top.parent);
        if (whole != null) thrown.setStackTrace(whole);
        for (WovenFrame frame = co.top.parent; frame != null; frame = co.top.parent) {
            co.top = frame;
            if (thrown != null) co.fail(thrown);
            thrown = null;
            try {
                frame.resume(co);
                if (co.suspended) return null;
            } catch (Throwable e) {
                thrown = e;
            }
        }
        return thrown;
    }

    /**
     * Puts the callers, which wait in the heap, into a stack trace, where our own frames show that they would
     * be: a reader looks for who called, not for who resumed. Null if it shows none of ours: made elsewhere,
     * or before, it is no trace of this stack.
     */
    private static StackTraceElement[] whole(StackTraceElement[] seen, WovenFrame callers) {
        int own = 0;
        while (own < seen.length && !seen[own].getClassName().equals(SELF)) own++;
        if (own == seen.length) return null;
        var whole = new ArrayList<StackTraceElement>();
        for (StackTraceElement each : Arrays.asList(seen).subList(0, own)) addLogical(whole, each);
        for (WovenFrame at = callers; at != null; at = at.parent) whole.add(at.where());
        whole.addAll(Arrays.asList(seen).subList(own, seen.length));
        return whole.toArray(StackTraceElement[]::new);
    }

    /** Adds a frame under the name that its method has in the source; none of those that only resume. */
    private static void addLogical(List<StackTraceElement> frames, StackTraceElement frame) {
        String method = frame.getMethodName();
        if (method.equals("resume") && frame.getClassName().contains("$co$")) return;
        if (Frames.isOfLambda(frame)) return;
        int mark = method.endsWith("$co") || method.endsWith("$r") ? method.lastIndexOf('$') : -1;
        frames.add(mark <= 0 ? frame : new StackTraceElement(frame.getClassName(), method.substring(0, mark),
                frame.getFileName(), frame.getLineNumber()));
    }

    /** The frames that the JVM suspended, {@code seen}, with the callers that wait in the heap. */
    static StackTraceElement[] framesUpon(StackTraceElement[] seen, Coroutine co) {
        WovenFrame running = co.top;
        StackTraceElement[] whole = whole(seen, running == null ? null : running.parent);
        return whole == null ? seen : whole;
    }

    /** The suspended frames of {@code co}, innermost first. */
    static StackTraceElement[] frames(Coroutine co) {
        var frames = new ArrayList<StackTraceElement>();
        for (WovenFrame at = co.top; at != null; at = at.parent) frames.add(at.where());
        return frames.toArray(StackTraceElement[]::new);
    }
}
