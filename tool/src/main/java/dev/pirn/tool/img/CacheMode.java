package dev.pirn.tool.img;

/** QEMU's cache modes ({@code -t}, {@code -T}). Of another server's export its server decides. */
enum CacheMode {
    /** Past the page cache (O_DIRECT). */
    none,
    writeback,
    /** Each write is on stable storage when it returns. */
    writethrough,
    /** That, past the page cache. */
    directsync,
    /** Flushes do nothing. */
    unsafe;

    /** Whether what was written is on stable storage at the verb's end. */
    boolean flushes() {
        return this != unsafe;
    }

    boolean writesThrough() {
        return this == writethrough || this == directsync;
    }

    /** How a file is opened. */
    dev.pirn.block.CacheMode ofFile() {
        return switch (this) {
            case none, directsync -> dev.pirn.block.CacheMode.NONE;
            case writeback, writethrough -> dev.pirn.block.CacheMode.WRITEBACK;
            case unsafe -> dev.pirn.block.CacheMode.UNSAFE;
        };
    }
}
