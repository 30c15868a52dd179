package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The coroutines that ran in a home last and have not ended. Those that ended or moved are swept out when
 * there is no room for another, so that each costs the same however many there are.
 *
 * <p>Held weakly: one that nothing can enter any more is found to be lost, as ever ({@link Coroutines}).
 *
 * <p>For the home's thread, but for the counts. (An intrusive list would need two fields of each coroutine,
 * which are 56 bytes and would be 64, and would keep the lost ones. This costs a coroutine's life in a home
 * 6 ns, of 16 on the pure backend, and one without a home nothing.)
 */
final class Residents {
    private static final VarHandle LEFT = Handles.of(MethodHandles.lookup(), "left", long.class);
    private static final int FIRST_SIZE = 16;

    @SuppressWarnings({"unchecked", "rawtypes"}) // An array of them cannot be made otherwise.
    private WeakReference<Coroutine>[] list = new WeakReference[FIRST_SIZE];
    private int size;
    private long joined; // Plain: who does not see a change at once sees it soon.
    private long ended;
    private volatile long left; // Counted by the home that they went to.

    /** {@code co} runs here, its {@code home}, for the first time, or again after it ran elsewhere. */
    void joined(Coroutine co, Home home) {
        if (size == list.length) sweep(home);
        list[size++] = new WeakReference<>(co);
        joined++;
    }

    /** One of them runs elsewhere. From any thread. */
    void left() {
        LEFT.getAndAdd(this, 1L);
    }

    /** One of them has ended. */
    void ended() {
        ended++;
    }

    /** How many there are, the lost included. From any thread, where it may be a little old. */
    long count() {
        return Math.max(0, joined - ended - left);
    }

    /** Those that there are now, oldest first, each once. A glance, if from another thread. */
    List<Coroutine> all(Home home) {
        Set<Coroutine> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        var all = new ArrayList<Coroutine>();
        for (WeakReference<Coroutine> each : list) {
            if (each == null) continue;
            Coroutine co = each.get();
            if (isHere(co, home) && seen.add(co)) all.add(co);
        }
        return all;
    }

    private static boolean isHere(Coroutine co, Home home) {
        return co != null && co.home() == home && !co.isDone();
    }

    private void sweep(Home home) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (isHere(list[i].get(), home)) list[kept++] = list[i];
        }
        Arrays.fill(list, kept, size, null);
        size = kept;
        // Half of it at least is free after a sweep: so a sweep costs each that comes a constant.
        if (kept > list.length / 2) list = Arrays.copyOf(list, list.length * 2);
    }
}
