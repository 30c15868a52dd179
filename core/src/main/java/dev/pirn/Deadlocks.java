package dev.pirn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds coroutines that wait for each other in a circle, of those that are tracked. A glance: who moves on
 * meanwhile was not in one.
 */
final class Deadlocks {
    private final Map<Coroutine, Tag> tags = new IdentityHashMap<>();
    private final Map<Coroutine, List<Coroutine>> waitsForHolders = new HashMap<>();
    private final Set<Coroutine> cleared = new HashSet<>();
    private final List<Coroutine> path = new ArrayList<>();
    private final List<String> found = new ArrayList<>();

    private Deadlocks(List<Tag> all) {
        for (Tag tag : all) {
            Coroutine co = tag.get();
            if (co == null || !(tag.subject() instanceof HeldBy lock)) continue;
            tags.put(co, tag);
            waitsForHolders.put(co, lock.holders());
        }
    }

    /** Says of each circle who waits for what, held by whom, round to the first. */
    static List<String> among(List<Tag> all) {
        var search = new Deadlocks(all);
        for (Tag tag : all) {
            Coroutine co = tag.get();
            if (co != null) search.follow(co);
        }
        return search.found;
    }

    private void follow(Coroutine co) {
        int seen = path.indexOf(co);
        if (seen >= 0) {
            found.add(text(path.subList(seen, path.size())));
            return;
        }
        if (cleared.contains(co)) return;
        path.add(co);
        for (Coroutine holder : waitsForHolders.getOrDefault(co, List.of())) follow(holder);
        path.removeLast();
        cleared.add(co);
    }

    private String text(List<Coroutine> circle) {
        var text = new StringBuilder(tags.get(circle.getFirst()).who());
        for (int i = 0; i < circle.size(); i++) {
            Coroutine holder = circle.get((i + 1) % circle.size());
            text.append(i == 0 ? " waits for " : ", which waits for ")
                    .append(tags.get(circle.get(i)).subject())
                    .append(", held by ").append(tags.get(holder).who());
        }
        return text.toString();
    }
}
