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
}
