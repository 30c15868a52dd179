package dev.pirn.tool.img;

/**
 * How a disk is copied.
 *
 * @param parallel pieces at a time
 * @param inOrder whether writes begin in the order of the disk
 * @param sparse zeroes of at least so many bytes are not written as data; 0: all are
 * @param bytesPerSecond read at most; 0 for no limit
 * @param salvage whether what cannot be read becomes zeroes
 */
record CopyHow(int parallel, boolean inOrder, int sparse, long bytesPerSecond, boolean salvage) {
    static final int PARALLEL_DEFAULT = 8;
    static final int PARALLEL_MAX = 16;
    static final int SPARSE_DEFAULT = 4096;
    /** What is read at a time where not all can be. */
    static final int SALVAGE_UNIT = 4096;

    static final CopyHow DEFAULT = new CopyHow(PARALLEL_DEFAULT, true, SPARSE_DEFAULT, 0, false);
}
