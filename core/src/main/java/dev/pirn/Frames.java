package dev.pirn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Takes what switches coroutines out of stack traces, so that the user's frames are left. */
final class Frames {
    private static final String ENTRY_CLASS = Coroutine.class.getName();

    /** Classes whose frames on top of a stack do the switching, or the parking for it. */
    private static final Set<String> SWITCHING = Set.of(ENTRY_CLASS, "dev.pirn.CoWait",
            "dev.pirn.ContinuationStack", "dev.pirn.OwnContinuation", "dev.pirn.HybridStack",
            "dev.pirn.HybridContinuation", "dev.pirn.Trampoline", "dev.pirn.Strand", "dev.pirn.Internals",
            "dev.pirn.ThreadStack", "dev.pirn.ThreadStackWorker", "dev.pirn.Watchers",
            "jdk.internal.vm.Continuation", "jdk.internal.misc.Unsafe",
            "java.util.concurrent.locks.LockSupport");

    /** Those that may stand above them when it looks at itself. */
    private static final Set<String> LOOKING = Set.of("dev.pirn.Coroutines", "dev.pirn.Coroutines$Snapshot",
            "dev.pirn.Management");

    /** How it looks at itself, and how it starts the thread of another. */
    private static final Set<String> THREAD_METHODS = Set.of("getStackTrace", "start", "start0");

    private Frames() { }

    /** The frames of a coroutine that is suspended, or has a thread of its own. */
    static List<StackTraceElement> ofSuspended(StackTraceElement[] stack) {
        return between(stack, 0, entry(stack, 0)); // Of a woven one there are its own frames alone.
    }

    /**
     * The frames of one of the coroutines that run on top of each other in a thread.
     *
     * @param inner how many of them run on top of it
     */
    static List<StackTraceElement> section(StackTraceElement[] stack, int inner) {
        int begin = 0;
        for (int i = 0; i < inner; i++) begin = pastEntry(stack, entry(stack, begin));
        if (begin >= stack.length) return List.of(); // It has gone on since.
        int end = entry(stack, begin);
        if (end == stack.length) return List.of(); // It is not in there any more.
        return between(stack, begin, end);
    }

    private static List<StackTraceElement> between(StackTraceElement[] stack, int first, int end) {
        int begin = first;
        while (begin < end && isOurs(stack[begin])) begin++;
        while (begin < end && isWait(stack[begin])) begin++;
        var frames = new ArrayList<>(Arrays.asList(stack).subList(begin, end));
        frames.removeIf(Frames::isOfLambda);
        return frames;
    }

    /** True for what the weaver puts between an interface and the body of a lambda. */
    static boolean isOfLambda(StackTraceElement frame) {
        return frame.getClassName().contains("$co$L") || frame.getMethodName().startsWith("lambda$co$");
    }

    /** True for what switches, and for what looks: one may look at itself. */
    private static boolean isOurs(StackTraceElement frame) {
        String type = frame.getClassName();
        return SWITCHING.contains(type) || LOOKING.contains(type)
                || type.equals("java.lang.Thread") && THREAD_METHODS.contains(frame.getMethodName());
    }

    /** As stack traces have it, without the module and its version, which say nothing here. */
    static String text(StackTraceElement frame) {
        return new StackTraceElement(frame.getClassName(), frame.getMethodName(), frame.getFileName(),
                frame.getLineNumber()).toString();
    }

    /** The inside of an await: the await itself tells enough. */
    private static boolean isWait(StackTraceElement frame) {
        return frame.getClassName().equals(Completion.class.getName())
                && (frame.getMethodName().equals("suspend") || frame.getMethodName().equals("outcome"));
    }

    /** The index of the frame that a coroutine begins with, or the stack's length. */
    private static int entry(StackTraceElement[] stack, int from) {
        for (int i = from; i < stack.length; i++) {
            if (isEntry(stack[i].getClassName(), stack[i].getMethodName())) return i;
        }
        return stack.length;
    }

    /** The index after the frames that a coroutine begins on: a woven one has up to three. */
    private static int pastEntry(StackTraceElement[] stack, int entry) {
        int at = entry;
        while (at < stack.length && isEntry(stack[at].getClassName(), stack[at].getMethodName())) at++;
        return at;
    }

    /** True for a frame that the frames of a coroutine begin on, woven or not. */
    static boolean isEntry(String type, String method) {
        return type.equals(ENTRY_CLASS) && (method.equals("body") || method.equals("wovenBody"))
                || type.equals("dev.pirn.CoroutineEntry") || type.equals("dev.pirn.Trampoline");
    }

    /** The frames below those of {@code own}, the class that looks at them. */
    static StackTraceElement[] below(StackTraceElement[] stack, String... own) {
        List<String> classes = Arrays.asList(own);
        int begin = 0;
        while (begin < stack.length && classes.contains(stack[begin].getClassName())) begin++;
        return Arrays.copyOfRange(stack, begin, stack.length);
    }

    /** Where a coroutine was made: without the frames that make it. */
    static List<StackTraceElement> ofCreation(Throwable place) {
        if (place == null) return List.of();
        return List.of(below(place.getStackTrace(), "dev.pirn.Tag", "dev.pirn.Watchers", ENTRY_CLASS));
    }
}
