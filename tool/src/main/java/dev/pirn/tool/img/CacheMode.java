package dev.pirn.tool.img;

/** QEMU's cache modes ({@code -t}, {@code -T}); the host's page cache is used in all of them. */
enum CacheMode {
    none, writeback, writethrough, directsync, unsafe;

    /** Whether what was written is on stable storage at the verb's end. */
    boolean flushes() {
        return this != unsafe;
    }
}
