package dev.pirn.nbd;

/**
 * What an {@link NbdServer} has done since it was made, all clients together.
 *
 * @param requests those that were replied to, or would have been had the client stayed; no {@code DISC}
 * @param errors those of them that failed, for whatever reason
 * @param bytesRead bytes that successful READs asked for, holes included
 * @param bytesWritten bytes of payload of successful WRITEs
 */
public record NbdStatistics(long requests, long errors, long bytesRead, long bytesWritten) {
    static final NbdStatistics NONE = new NbdStatistics(0, 0, 0, 0);

    /** Both together. */
    NbdStatistics plus(NbdStatistics other) {
        return new NbdStatistics(requests + other.requests, errors + other.errors,
                bytesRead + other.bytesRead, bytesWritten + other.bytesWritten);
    }
}
