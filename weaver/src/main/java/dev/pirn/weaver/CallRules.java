package dev.pirn.weaver;

import dev.pirn.weaver.Call.Kind;
import dev.pirn.weaver.Marks.Mark;
import java.util.ArrayList;
import java.util.List;

/**
 * A coroutine function is called in coroutine functions alone.
 *
 * <p>As in QEMU: a {@code coroutine_mixed_fn} may, for it looks where it is; a {@code no_coroutine_fn} may
 * not, for it is never inside of a coroutine.
 */
final class CallRules {
    private final CallGraph graph;
    private final Marks marks;
    private final List<Message> messages = new ArrayList<>();

    private CallRules(CallGraph graph, Marks marks) {
        this.graph = graph;
        this.marks = marks;
    }

    static List<Message> check(CallGraph graph, Marks marks) {
        var rules = new CallRules(graph, marks);
        for (CheckedMethod each : graph.methods()) {
            for (Call call : each.calls) rules.check(each, call);
        }
        return rules.messages;
    }

    private void check(CheckedMethod caller, Call call) {
        if (call.kind() == Kind.FIELD) return;
        Mark mark = mark(call);
        if (call.kind() == Kind.HANDOVER) {
            checkHandover(caller, call, mark);
        } else if (mark == Mark.COROUTINE && !Checker.maySuspend(caller.mark)) {
            messages.add(Checker.error(caller, call, rule(caller, call) + way(caller, call) + cure(caller)));
        } else if (mark == Mark.COROUTINE && call.locked()) {
            messages.add(Checker.warning(caller, call, caller + " calls the coroutine function "
                    + call.target() + " with a monitor held: a yield takes the monitor along or leaves it "
                    + "behind, and others hang or get in; let go of it first"));
        }
    }

    private Mark mark(Call call) {
        // A lambda's body has the mark of its interface, which its own name does not tell.
        for (CheckedMethod each : graph.reaches(call)) {
            if (each.as != null) return each.mark;
        }
        return marks.of(call.target());
    }

    private static String rule(CheckedMethod caller, Call call) {
        if (caller.isInitialiser()) {
            return caller + " calls the coroutine function " + call.target() + ", but it can neither be "
                    + "suspended nor woven";
        }
        if (caller.mark == Mark.NO_COROUTINE) {
            return caller + ", which is @NoCoroutineFn and so outside of any coroutine, calls the coroutine "
                    + "function " + call.target();
        }
        if (caller.as != null) {
            return caller + " calls the coroutine function " + call.target() + ", but is handed over as "
                    + caller.as.className() + ", whose " + caller.as.name() + " is none";
        }
        return caller + " calls the coroutine function " + call.target() + ", but is none itself";
    }

    private String way(CheckedMethod caller, Call call) {
        List<CheckedMethod> way = caller.isUnmarked() ? graph.wayTo(caller) : List.of(caller);
        return way.size() == 1 ? "" : ": " + Checker.text(way, call.target());
    }

    private String cure(CheckedMethod caller) {
        if (caller.isInitialiser()) return "; call it in a method marked @CoroutineFn, before or after";
        if (caller.mark == Mark.NO_COROUTINE) {
            return "; make a coroutine that calls it (Coroutine.create), or take the mark off";
        }
        if (caller.as != null) {
            return "; hand it over as an interface whose method is marked @CoroutineFn, as CoroutineEntry";
        }
        var callers = graph.callers(caller);
        boolean inside = !callers.isEmpty() && callers.stream().allMatch(CheckedMethod::isCoroutine);
        return inside ? "; mark it @CoroutineFn, as all that call it are"
                : "; mark it @CoroutineFn and so those that call it, or make a coroutine that calls it "
                + "(Coroutine.create), or mark it @MixedFn if it asks Coroutine.inCoroutine first";
    }

    private void checkHandover(CheckedMethod caller, Call call, Mark mark) {
        Mark as = marks.of(call.as());
        String interfaceMethod = call.as().className() + '.' + call.as().name();
        if (mark == Mark.COROUTINE && as != Mark.COROUTINE) {
            String text = caller + " hands the coroutine function " + call.target() + " over as "
                    + call.as().className() + ", whose " + call.as().name() + " is none";
            messages.add(Checker.error(caller, call, text + handedWay(caller, call) + "; hand it over as an "
                    + "interface whose method is marked @CoroutineFn, as CoroutineEntry"));
        } else if (mark == Mark.NO_COROUTINE && Checker.maySuspend(as)) {
            messages.add(Checker.error(caller, call, caller + " hands " + call.target() + ", which is "
                    + "@NoCoroutineFn, over as " + call.as().className() + ", but " + interfaceMethod
                    + " is called in coroutines; call it outside of any, or by ThreadPool.call"));
        }
    }

    private String handedWay(CheckedMethod caller, Call call) {
        return caller.isUnmarked() ? way(caller, call) : "";
    }
}
