package dev.pirn;

import java.util.List;

/** All that there is to say of the coroutines at one time. */
record Sighting(List<CoroutineInfo> live, List<CoroutineInfo> lost, long lostCount, List<String> deadlocks) {
    static Sighting now() {
        return new Sighting(Coroutines.live(), Coroutines.lost(), Coroutines.lostCount(),
                Coroutines.deadlocks());
    }
}
