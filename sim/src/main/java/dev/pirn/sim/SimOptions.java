package dev.pirn.sim;

/**
 * What may go wrong in a simulated world, and what it may cost. Probabilities are of one operation, from 0,
 * never, to 1, always.
 *
 * @param stepsMax how many choices a run may take before it is ended as one that never ends
 * @param timeNanosMax for how long it may last, in virtual time
 * @param workNanosMax how long work in a pool takes at most, with its wait for a thread
 * @param networkNanosMax how long what was sent is on its way at most
 * @param socketBytesMax how much may be on its way in one direction of a connection
 * @param spurious that a selector returns although nothing is ready
 * @param shortSocket that a socket takes or gives less than it could, often one byte
 * @param reset that a read or write finds its connection reset
 * @param refuse that a connect is refused though somebody listens
 * @param shortFile that a file takes or gives less than it could
 * @param fileError that an operation on a file fails
 */
public record SimOptions(long stepsMax, long timeNanosMax, long workNanosMax, long networkNanosMax,
        int socketBytesMax, double spurious, double shortSocket, double reset, double refuse,
        double shortFile, double fileError) {
    /** A million steps, a day; work and messages late by a millisecond at most; nothing is short or fails. */
    public static final SimOptions DEFAULT =
            new SimOptions(1_000_000, 86_400_000_000_000L, 1_000_000, 1_000_000, 4096, 0, 0, 0, 0, 0, 0);

    /** All that a correct program must bear without its peers or its disk failing: short and spurious. */
    public static final SimOptions NASTY = DEFAULT.withSpurious(0.1).withShortSocket(0.5).withShortFile(0.3);

    /** Refuses what is no probability. */
    public SimOptions {
        for (double each : new double[] {spurious, shortSocket, reset, refuse, shortFile, fileError}) {
            if (!(each >= 0 && each <= 1)) {
                throw new IllegalArgumentException("a probability of " + each + "; give one from 0 to 1");
            }
        }
        if (stepsMax < 1 || timeNanosMax < 1 || workNanosMax < 0 || networkNanosMax < 0
                || socketBytesMax < 1) {
            throw new IllegalArgumentException("limits of %d steps, %d ns, and %d bytes; give positive ones"
                    .formatted(stepsMax, timeNanosMax, socketBytesMax));
        }
    }

    /** As this, with another stepsMax. */
    public SimOptions withStepsMax(long wanted) {
        return new SimOptions(wanted, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax, spurious,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another timeNanosMax. */
    public SimOptions withTimeNanosMax(long wanted) {
        return new SimOptions(stepsMax, wanted, workNanosMax, networkNanosMax, socketBytesMax, spurious,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another workNanosMax. */
    public SimOptions withWorkNanosMax(long wanted) {
        return new SimOptions(stepsMax, timeNanosMax, wanted, networkNanosMax, socketBytesMax, spurious,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another networkNanosMax. */
    public SimOptions withNetworkNanosMax(long wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, wanted, socketBytesMax, spurious,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another socketBytesMax. */
    public SimOptions withSocketBytesMax(int wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, wanted, spurious,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another spurious. */
    public SimOptions withSpurious(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax, wanted,
                shortSocket, reset, refuse, shortFile, fileError);
    }

    /** As this, with another shortSocket. */
    public SimOptions withShortSocket(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax,
                spurious, wanted, reset, refuse, shortFile, fileError);
    }

    /** As this, with another reset. */
    public SimOptions withReset(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax,
                spurious, shortSocket, wanted, refuse, shortFile, fileError);
    }

    /** As this, with another refuse. */
    public SimOptions withRefuse(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax,
                spurious, shortSocket, reset, wanted, shortFile, fileError);
    }

    /** As this, with another shortFile. */
    public SimOptions withShortFile(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax,
                spurious, shortSocket, reset, refuse, wanted, fileError);
    }

    /** As this, with another fileError. */
    public SimOptions withFileError(double wanted) {
        return new SimOptions(stepsMax, timeNanosMax, workNanosMax, networkNanosMax, socketBytesMax,
                spurious, shortSocket, reset, refuse, shortFile, wanted);
    }
}
