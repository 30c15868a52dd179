package scenario.far;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineFn;

/** Of another package: what its subclasses there may see. */
public abstract class Protected {
    protected int field = 3;

    @CoroutineFn
    protected String hook(String s) {
        return late("hook ") + s + field;
    }

    @CoroutineFn
    protected static int shared(int n) {
        return late(n) + 1;
    }

    @CoroutineFn
    String near() {
        return late("near");
    }

    /** Calls what subclasses override, and what they cannot. */
    @CoroutineFn
    public final String all() {
        log(near());
        return hook(late("all"));
    }
}
