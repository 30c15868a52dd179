package dev.pirn.weaver;

import dev.pirn.weaver.Call.Kind;
import java.lang.classfile.ClassModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Who calls whom among the checked methods.
 *
 * <pre>
 *   up    from a wrong call, through unmarked callers, to where it all began
 *   down  from the coroutine functions, through unmarked methods, to what they must not do
 * </pre>
 */
final class CallGraph {
    private final ClassPath classes;
    private final Map<MethodRef, CheckedMethod> methods = new LinkedHashMap<>();
    private final Map<MethodRef, List<CheckedMethod>> reached = new HashMap<>();
    private final Map<CheckedMethod, Set<CheckedMethod>> callers = new HashMap<>();
    private final Set<String> checked;
    /** The checked classes that are below a class, by its name; none below itself. */
    private final Map<String, List<String>> below = new HashMap<>();

    CallGraph(ClassPath classes, Collection<String> names, Collection<CheckedMethod> all) {
        this.classes = classes;
        for (CheckedMethod each : all) methods.put(each.ref, each);
        checked = new LinkedHashSet<>(names);
        for (String each : checked) {
            for (ClassModel above : classes.upwards(each)) {
                String name = above.thisClass().asInternalName();
                if (!name.equals(each)) below.computeIfAbsent(name, _ -> new ArrayList<>()).add(each);
            }
        }
        for (CheckedMethod each : all) {
            for (Call call : each.calls) {
                for (CheckedMethod target : mayReach(call)) {
                    callers.computeIfAbsent(target, _ -> new LinkedHashSet<>()).add(each);
                }
            }
        }
    }

    Collection<CheckedMethod> methods() {
        return methods.values();
    }

    Set<CheckedMethod> callers(CheckedMethod method) {
        return callers.getOrDefault(method, Set.of());
    }

    /** The method that is called, if its static type tells, and it is checked and has code. */
    List<CheckedMethod> reaches(Call call) {
        ClassModel owner = call.kind() == Kind.FIELD ? null : declaring(call.target());
        CheckedMethod target = owner == null ? null : methods.get(in(owner, call.target()));
        return target == null ? List.of() : List.of(target);
    }

    /**
     * Those that the call may lead to: the method itself, and what overrides it. Of a method that no checked
     * class declares only itself: anything may be below, say, a Runnable.
     */
    List<CheckedMethod> mayReach(Call call) {
        if (call.kind() != Kind.VIRTUAL) return reaches(call);
        return reached.computeIfAbsent(call.target(), _ -> {
            var all = new ArrayList<>(reaches(call));
            ClassModel owner = declaring(call.target());
            if (owner == null || !checked.contains(owner.thisClass().asInternalName())) return all;
            for (String each : below.getOrDefault(call.target().owner(), List.of())) {
                CheckedMethod over = methods.get(call.target().in(each));
                if (over != null) all.add(over);
            }
            return all;
        });
    }

    private ClassModel declaring(MethodRef ref) {
        if (ref.isOfJdk()) return null;
        for (ClassModel each : classes.upwards(ref.owner())) {
            if (Marks.declared(each, ref.name(), ref.descriptor()) != null) return each;
        }
        return null;
    }

    private static MethodRef in(ClassModel owner, MethodRef ref) {
        return ref.in(owner.thisClass().asInternalName());
    }

    /**
     * The shortest way to {@code method} through unmarked callers, from one that has no such caller; the
     * method alone if all of them call each other in circles.
     */
    List<CheckedMethod> wayTo(CheckedMethod method) {
        var next = new LinkedHashMap<CheckedMethod, CheckedMethod>();
        next.put(method, null);
        var open = new ArrayDeque<>(List.of(method));
        while (!open.isEmpty()) {
            CheckedMethod at = open.poll();
            boolean first = true;
            for (CheckedMethod caller : callers(at)) {
                if (!caller.isUnmarked() || caller == at) continue;
                first = false;
                if (next.containsKey(caller)) continue;
                next.put(caller, at);
                open.add(caller);
            }
            if (first) return follow(at, next);
        }
        return List.of(method);
    }

    private static List<CheckedMethod> follow(CheckedMethod from, Map<CheckedMethod, CheckedMethod> next) {
        var way = new ArrayList<CheckedMethod>();
        for (CheckedMethod at = from; at != null; at = next.get(at)) way.add(at);
        return way;
    }

    /**
     * The shortest ways down from {@code sources}, through methods that {@code through} lets pass: for each
     * method that can be reached, the one before it; for a source, null.
     */
    Map<CheckedMethod, CheckedMethod> ways(Collection<CheckedMethod> sources,
            Predicate<CheckedMethod> through, Function<Call, List<CheckedMethod>> targets) {
        var before = new LinkedHashMap<CheckedMethod, CheckedMethod>();
        for (CheckedMethod each : sources) {
            if (!before.containsKey(each)) before.put(each, null);
        }
        var open = new ArrayDeque<>(before.keySet());
        while (!open.isEmpty()) {
            CheckedMethod at = open.poll();
            for (Call call : at.calls) {
                if (call.kind() == Kind.HANDOVER) continue; // Who takes it calls it, some time, somewhere.
                for (CheckedMethod target : targets.apply(call)) {
                    if (before.containsKey(target) || !through.test(target)) continue;
                    before.put(target, at);
                    open.add(target);
                }
            }
        }
        return before;
    }

    /** The way that {@link #ways} found to {@code method}. */
    static List<CheckedMethod> way(CheckedMethod method, Map<CheckedMethod, CheckedMethod> before) {
        return follow(method, before).reversed();
    }
}
