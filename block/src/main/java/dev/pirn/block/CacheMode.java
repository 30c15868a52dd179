package dev.pirn.block;

/** Whether an image's file is read and written by way of the host's page cache, and what a flush of it is. */
public enum CacheMode {
    /** It is: what was read is there when it is read again, and writes return before the disk has them. */
    WRITEBACK,
    /**
     * It is not (O_DIRECT): each request is the disk's, and no memory is spent on a cache. A flush is needed
     * as ever, for disks have caches of their own. Requests need no alignment; those that have it are faster.
     * A file that grows does so by whole blocks of the disk. On Linux, with native access, where the file
     * system can do it.
     */
    NONE,
    /**
     * It is, and a flush of the file does nothing: the system brings it to the disk when it likes. For what
     * is made anew if the power fails meanwhile.
     */
    UNSAFE
}
