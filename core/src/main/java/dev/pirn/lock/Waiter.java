package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;

/** One who waits for a {@link CoMutex}, and the link to who came before. */
final class Waiter {
    final Coroutine who;
    final Completion<Void> told;
    Waiter next;

    Waiter(Coroutine who, Completion<Void> told) {
        this.who = who;
        this.told = told;
    }

    /** A chain turned round; its links are the caller's. */
    static Waiter oldestFirst(Waiter newest) {
        Waiter ordered = null;
        for (Waiter each = newest; each != null; ) {
            Waiter older = each.next;
            each.next = ordered;
            ordered = each;
            each = older;
        }
        return ordered;
    }

    /** A copy of a chain, without those who gave up; null if all have. */
    static Waiter waiting(Waiter chain) {
        Waiter first = null;
        Waiter last = null;
        for (Waiter each = chain; each != null; each = each.next) {
            if (each.told.isDone()) continue;
            var copy = new Waiter(each.who, each.told);
            if (first == null) first = copy; else last.next = copy;
            last = copy;
        }
        return first;
    }
}
