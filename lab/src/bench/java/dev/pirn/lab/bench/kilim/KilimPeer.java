package dev.pirn.lab.bench.kilim;

import kilim.Continuation;
import kilim.Fiber;
import kilim.Generator;
import kilim.Pausable;

/**
 * Bodies for Kilim, which weaves by what a method throws, and resumes by calling down again through all
 * frames. Each has no state but Kilim's: {@code run} is its enter, {@code Fiber.yield} its yield.
 *
 * <p>In a package of its own, for its weaver stumbles over records and sealed types that it only passes by.
 */
public final class KilimPeer {
    private KilimPeer() { }

    /** Ends at once. */
    public static final class Empty extends Continuation {
        @Override
        public void execute() throws Pausable { }
    }

    /** Yields once. */
    public static final class Once extends Continuation {
        @Override
        public void execute() throws Pausable {
            Fiber.yield();
        }
    }

    /** Yields for ever, below some calls. */
    public static final class Below extends Continuation {
        private final int frames;

        /** Below how many. */
        public Below(int frames) {
            this.frames = frames;
        }

        @Override
        public void execute() throws Pausable {
            yieldBelow(frames);
        }

        private static int yieldBelow(int frames) throws Pausable {
            if (frames > 1) return yieldBelow(frames - 1) + 1;
            while (true) Fiber.yield();
        }
    }

    /** For ever goes some calls down, yields once, and returns from all of them. */
    public static final class Descending extends Continuation {
        private final int frames;

        /** How many down. */
        public Descending(int frames) {
            this.frames = frames;
        }

        @Override
        public void execute() throws Pausable {
            while (true) descend(frames);
        }

        private static int descend(int frames) throws Pausable {
            if (frames > 1) return descend(frames - 1) + 1;
            Fiber.yield();
            return 1;
        }
    }

    /** Elements without end. */
    public static final class Elements extends Generator<String> {
        @Override
        public void execute() throws Pausable {
            while (true) this.yield("element");
        }
    }
}
