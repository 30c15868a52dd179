package dev.pirn.lab.bench;

import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/** The baseline: the public methods of the JDK's own Continuation, with nothing around them. */
final class Raw {
    static final ContinuationScope SCOPE = new ContinuationScope("raw");

    private Raw() { }

    static Continuation create(Runnable body) {
        return new Continuation(SCOPE, body);
    }

    static void yield() {
        Continuation.yield(SCOPE);
    }
}
