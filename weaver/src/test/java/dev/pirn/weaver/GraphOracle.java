package dev.pirn.weaver;

import dev.pirn.weaver.Graph.Does;
import dev.pirn.weaver.Graph.Fn;
import dev.pirn.weaver.Graph.Op;
import dev.pirn.weaver.Graph.Type;
import dev.pirn.weaver.Marks.Mark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What is wrong with a graph, by trying until nothing changes; shares no code with the checker. */
final class GraphOracle {
    private final Graph graph;
    private final Set<String> wrong = new TreeSet<>();

    private GraphOracle(Graph graph) {
        this.graph = graph;
    }

    /** Each as {@code severity line}; of what has no line, {@code severity T0.m0}. */
    static Set<String> wrong(Graph graph) {
        var oracle = new GraphOracle(graph);
        Set<Fn> inside = oracle.inside(false);
        Set<Fn> mayBeInside = oracle.inside(true);
        for (Type type : graph.types) {
            if (!type.checked) continue;
            for (Fn fn : type.fns) {
                oracle.overriding(fn);
                for (Op op : fn.ops) oracle.check(fn, op, inside, mayBeInside);
            }
        }
        return oracle.wrong;
    }

    static List<Type> upwards(Type type) {
        var all = new ArrayList<Type>();
        for (Type at = type; at != null; at = at.above) all.add(at);
        for (int i = 0; i < all.size(); i++) { // Grows as it goes.
            for (Type each : all.get(i).interfaces) if (!all.contains(each)) all.add(each);
        }
        return all;
    }

    static Fn declaring(Type through, String name) {
        for (Type each : upwards(through)) if (each.fn(name) != null) return each.fn(name);
        return null;
    }

    private static Mark mark(Type through, String name) {
        if (name.startsWith("<")) return through.fn(name).mark;
        for (Type each : upwards(through)) {
            Fn fn = each.fn(name);
            if (fn == null) continue;
            if (fn.mark != Mark.NONE || name.startsWith("s")) return fn.mark;
        }
        return Mark.NONE;
    }

    private static Mark mark(Fn fn) {
        return fn.as != null ? mark(fn.as.owner, fn.as.name) : mark(fn.owner, fn.name);
    }

    private static Mark target(Op op) {
        if (op.does() == Does.SLEEP) return Mark.NONE;
        return op.body() != null ? mark(op.body()) : mark(op.through(), op.name());
    }

    private void check(Fn fn, Op op, Set<Fn> inside, Set<Fn> mayBeInside) {
        Mark target = target(op);
        Mark own = mark(fn);
        boolean suspends = own == Mark.COROUTINE || own == Mark.MIXED;
        if (op.as() != null) {
            Mark as = mark(op.as().owner, op.as().name);
            boolean bad = target == Mark.COROUTINE && as != Mark.COROUTINE
                    || target == Mark.NO_COROUTINE && (as == Mark.COROUTINE || as == Mark.MIXED);
            if (bad) wrong.add("ERROR " + op.line());
            return;
        }
        if (op.does() == Does.SLEEP && mayBeInside.contains(fn)) wrong.add("WARNING " + op.line());
        if (target == Mark.COROUTINE && !suspends) wrong.add("ERROR " + op.line());
        boolean locked = op.does() == Does.LOCKED_CALL;
        if (target == Mark.COROUTINE && suspends && locked) wrong.add("WARNING " + op.line());
        if (target == Mark.NO_COROUTINE && inside.contains(fn)) wrong.add("ERROR " + op.line());
    }

    private void overriding(Fn fn) {
        if (fn.mark == Mark.NONE || !fn.name.startsWith("m")) return;
        for (Type above : upwards(fn.owner)) {
            if (above == fn.owner || above.fn(fn.name) == null) continue;
            Mark there = mark(above, fn.name);
            String where = fn.line == 0 ? fn.owner.name.substring(2) + "." + fn.name : "" + fn.line;
            boolean broken = there == Mark.COROUTINE && fn.mark == Mark.NO_COROUTINE
                    || there == Mark.MIXED && fn.mark != Mark.MIXED
                    || there == Mark.NO_COROUTINE && fn.mark == Mark.COROUTINE;
            if (broken) wrong.add("ERROR " + where);
            if (there == Mark.NONE && fn.mark == Mark.COROUTINE) wrong.add("WARNING " + where);
        }
    }

    /** All that run, or if {@code loosely} may run, in a coroutine. */
    private Set<Fn> inside(boolean loosely) {
        Predicate<Fn> known = fn -> {
            for (Fn at = fn; at != null; at = at.around) if (at.mayBlock) return loosely;
            return false;
        };
        var inside = new HashSet<Fn>();
        int before;
        do {
            before = inside.size();
            for (Fn fn : checked()) {
                if (mark(fn) == Mark.COROUTINE && !known.test(fn)) inside.add(fn);
                for (Op op : fn.ops) {
                    boolean entry = op.as() != null && mark(op.as().owner, op.as().name) == Mark.COROUTINE;
                    boolean called = op.as() == null && inside.contains(fn);
                    List<Fn> reached = called && loosely ? all(op) : called || entry ? exact(op) : List.of();
                    for (Fn each : reached) {
                        if (mark(each) == Mark.NONE && !known.test(each)) inside.add(each);
                    }
                }
            }
        } while (inside.size() > before);
        return inside;
    }

    private List<Fn> checked() {
        return graph.types.stream().filter(each -> each.checked).flatMap(each -> each.fns.stream())
                .filter(each -> !each.isAbstract).toList();
    }

    private static List<Fn> exact(Op op) {
        if (op.does() == Does.SLEEP) return List.of();
        Fn fn = op.body() != null ? op.body() : op.name().startsWith("<") ? op.through().fn(op.name())
                : declaring(op.through(), op.name());
        return fn.isAbstract || !fn.owner.checked ? List.of() : List.of(fn);
    }

    private List<Fn> all(Op op) {
        boolean called = op.does() == Does.CALL || op.does() == Does.LOCKED_CALL;
        if (!called || !op.name().startsWith("m")) return exact(op);
        var all = new ArrayList<>(exact(op));
        if (!declaring(op.through(), op.name()).owner.checked) return all;
        for (Fn each : checked()) {
            boolean below = each.owner != op.through() && upwards(each.owner).contains(op.through());
            if (below && each.name.equals(op.name()) && !all.contains(each)) all.add(each);
        }
        return all;
    }

    /** How many methods the shortest way has that leads to each unmarked one from where it all began. */
    static Map<Integer, Integer> waysUp(Graph graph) {
        var oracle = new GraphOracle(graph);
        var unmarked = oracle.checked().stream().filter(each -> mark(each) == Mark.NONE).toList();
        var length = new HashMap<Fn, Integer>();
        for (Fn fn : unmarked) {
            boolean first = unmarked.stream().noneMatch(each -> each != fn && oracle.leads(each, fn));
            if (first) length.put(fn, 1);
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Fn from : unmarked) {
                for (Fn to : unmarked) {
                    if (!length.containsKey(from) || !oracle.leads(from, to)) continue;
                    Integer before = length.get(to);
                    changed |= !length.merge(to, length.get(from) + 1, Math::min).equals(before);
                }
            }
        }
        var byLine = new HashMap<Integer, Integer>();
        for (Fn fn : unmarked) {
            for (Op op : fn.ops) byLine.put(op.line(), length.getOrDefault(fn, 1));
        }
        return byLine;
    }

    private boolean leads(Fn from, Fn to) {
        return from.ops.stream().anyMatch(op -> all(op).contains(to));
    }
}
