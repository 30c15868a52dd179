package dev.pirn;

import java.util.ArrayList;

/** The frames of a woven coroutine: they lie in the heap while it is suspended, and nothing else does. */
final class PureStack implements Stack {
    private static final ThreadLocal<Coroutine> CURRENT = new ThreadLocal<>();

    private final Coroutine coroutine;

    PureStack(Coroutine coroutine) {
        this.coroutine = coroutine;
    }

    static Coroutine current() {
        return CURRENT.get();
    }

    @Override
    public void enter() {
        Coroutine outer = CURRENT.get();
        CURRENT.set(coroutine);
        try {
            step();
        } finally {
            CURRENT.set(outer);
        }
    }

    private void step() {
        Throwable thrown = null;
        try {
            WovenFrame frame = coroutine.top;
            if (frame == null) {
                coroutine.wovenBody();
            } else {
                coroutine.tellCancelled();
                frame.resume(coroutine);
                frame = frame.parent;
            }
            if (ranOut(frame)) return;
        } catch (Throwable e) {
            thrown = e;
        }
        while (thrown != null && coroutine.top != null && coroutine.top.parent != null) {
            WovenFrame frame = coroutine.top = coroutine.top.parent;
            coroutine.fail(thrown);
            thrown = null;
            try {
                frame.resume(coroutine);
                if (ranOut(frame.parent)) return;
            } catch (Throwable e) {
                thrown = e;
            }
        }
        coroutine.clearFrames();
        coroutine.ended(thrown);
    }

    /** Resumes the callers of a frame that ended, outwards; true if one of them suspended the coroutine. */
    private boolean ranOut(WovenFrame frame) throws Throwable {
        while (true) {
            if (coroutine.suspended) {
                coroutine.suspended = false;
                return true;
            }
            if (frame == null) return false;
            coroutine.top = frame;
            frame.resume(coroutine);
            frame = frame.parent;
        }
    }

    @Override
    public void yield() {
        throw new IllegalStateException(coroutine + " yields in code that is not woven");
    }

    @Override
    public StackTraceElement[] getStackTrace() {
        var frames = new ArrayList<StackTraceElement>();
        for (WovenFrame at = coroutine.top; at != null; at = at.parent) frames.add(at.where());
        return frames.toArray(StackTraceElement[]::new);
    }
}
