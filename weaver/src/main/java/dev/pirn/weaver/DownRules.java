package dev.pirn.weaver;

import dev.pirn.weaver.Call.Kind;
import dev.pirn.weaver.Marks.Mark;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a coroutine function must not come to, itself or by way of unmarked methods: a call that blocks, and a
 * method that is {@code @NoCoroutineFn}.
 *
 * <p>The two look differently far. A call that blocks is a warning, and so one that may lead to it is, by
 * overriding in any checked class. A {@code @NoCoroutineFn} is an error, so it must be sure as far as static
 * types tell.
 */
final class DownRules {
    private final CallGraph graph;
    private final ClassPath classes;
    private final Marks marks;
    private final Set<CheckedMethod> sources = new LinkedHashSet<>();
    private final List<Message> messages = new ArrayList<>();

    private DownRules(CallGraph graph, ClassPath classes, Marks marks) {
        this.graph = graph;
        this.classes = classes;
        this.marks = marks;
        for (CheckedMethod each : graph.methods()) {
            if (each.isCoroutine()) sources.add(each);
            for (Call call : each.calls) addEntry(call);
        }
    }

    static List<Message> check(CallGraph graph, ClassPath classes, Marks marks) {
        var rules = new DownRules(graph, classes, marks);
        rules.blocking();
        rules.outside();
        return rules.messages;
    }

    /** An unmarked method whose reference is handed over as a coroutine's entry runs in the coroutine. */
    private void addEntry(Call call) {
        if (call.kind() != Kind.HANDOVER || marks.of(call.as()) != Mark.COROUTINE) return;
        for (CheckedMethod each : graph.reaches(call)) {
            if (each.isUnmarked()) sources.add(each);
        }
    }

    private void blocking() {
        var known = sources.stream().filter(each -> !each.mayBlock()).toList();
        var before = graph.ways(known, each -> each.isUnmarked() && !each.mayBlock(), graph::mayReach);
        for (CheckedMethod each : before.keySet()) {
            for (Call call : each.calls) {
                if (call.kind() == Kind.HANDOVER) continue;
                String cure = BlockingCalls.cure(call, classes);
                if (cure != null) warn(each, call, before, cure);
            }
        }
    }

    private void warn(CheckedMethod at, Call call, Map<CheckedMethod, CheckedMethod> before, String cure) {
        List<CheckedMethod> way = CallGraph.way(at, before);
        String how = way.size() == 1 ? " by " + call.target() : ": " + Checker.text(way, call.target());
        messages.add(Checker.warning(at, call, subject(way) + " blocks the thread of all coroutines of its "
                + "loop" + how + "; instead: " + cure + "; or mark " + outermost(at)
                + " @MayBlock, and say why it may"));
    }

    private static String outermost(CheckedMethod method) {
        return method.around == null ? method.toString() : outermost(method.around);
    }

    private static String subject(List<CheckedMethod> way) {
        CheckedMethod first = way.getFirst();
        if (!first.isCoroutine()) return first + ", run by a coroutine,";
        return first.as == null ? "the coroutine function " + first : first + ", a coroutine function,";
    }

    private void outside() {
        var before = graph.ways(sources, CheckedMethod::isUnmarked, graph::reaches);
        for (CheckedMethod each : before.keySet()) {
            for (Call call : each.calls) {
                boolean called = call.kind() == Kind.EXACT || call.kind() == Kind.VIRTUAL;
                if (!called || marks.of(call.target()) != Mark.NO_COROUTINE) continue;
                List<CheckedMethod> way = CallGraph.way(each, before);
                String how = way.size() == 1 ? " calls " + call.target()
                        : " comes to " + call.target() + ": " + Checker.text(way, call.target());
                String cure = way.size() == 1 ? "" : ", or mark " + each + " @NoCoroutineFn or @MixedFn";
                messages.add(Checker.error(each, call, subject(way) + how + "; that is @NoCoroutineFn, for "
                        + "it blocks the thread or runs a loop of its own: call it outside of any coroutine, "
                        + "or by ThreadPool.call" + cure));
            }
        }
    }
}
