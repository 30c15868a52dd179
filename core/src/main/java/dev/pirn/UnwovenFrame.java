package dev.pirn;

import java.util.List;
import java.util.Set;

/** Finds the frame for which a pure coroutine cannot be suspended, to say it in an error. */
final class UnwovenFrame {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final Set<String> OURS = Set.of(UnwovenFrame.class.getName(), Misuse.class.getName(),
            Strand.class.getName(), Coroutine.class.getName(), Trampoline.class.getName(),
            CoroutineEntry.class.getName());

    private UnwovenFrame() { }

    static String describe(Coroutine co) {
        List<StackTraceElement> stack = WALKER.walk(frames -> frames
                .dropWhile(frame -> OURS.contains(frame.getClassName()))
                .takeWhile(frame -> !OURS.contains(frame.getClassName()))
                .map(StackWalker.StackFrame::toStackTraceElement)
                .filter(frame -> !Frames.isOfLambda(frame)).toList());
        int woven = 0;
        while (woven < stack.size() && !isWoven(stack.get(woven))) woven++;
        if (woven > 1 && woven < stack.size() && isPlainOf(stack.get(woven - 1), stack.get(woven))) woven--;
        String below = woven == 0 ? "code" : Frames.text(stack.get(woven - 1));
        String from = woven < stack.size() ? ", which woven code called at " + Frames.text(stack.get(woven))
                : ", which is the coroutine's entry";
        return co + " cannot yield below " + below + from + ": that frame is not woven, and Backend.PURE "
                + "suspends woven frames only. Mark it @CoroutineFn and weave its class, or make the "
                + "coroutine on Backend.HYBRID or THREAD. The coroutine goes on";
    }

    /** Whether a coroutine function that calls none runs as it is: then what it calls is to blame. */
    private static boolean isPlainOf(StackTraceElement plain, StackTraceElement woven) {
        return woven.getMethodName().equals(plain.getMethodName() + "$co")
                && woven.getClassName().equals(plain.getClassName());
    }

    private static boolean isWoven(StackTraceElement frame) {
        String method = frame.getMethodName();
        return method.endsWith("$co") || method.endsWith("$r");
    }
}
