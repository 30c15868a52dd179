package dev.pirn.block;

/** Whether a raw image is read and written by way of the host's page cache. */
public enum CacheMode {
    /** It is: what was read is there when it is read again, and writes return before the disk has them. */
    WRITEBACK,
    /**
     * It is not (O_DIRECT): each request is the disk's, and no memory is spent on a cache. A flush is needed
     * as ever, for disks have caches of their own. Requests need no alignment; those that have it are faster.
     * On Linux, with native access, where the file system can do it.
     */
    NONE
}
