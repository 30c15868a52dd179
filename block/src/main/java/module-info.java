/**
 * Disks that coroutines read and write, behind one checked door; uses {@code dev.pirn.core}.
 *
 * <p>Started with {@code --enable-native-access=dev.pirn.block} on Linux it reads from and writes to the page
 * cache without a thread pool, waits for disks by io_uring where the kernel has it for us, goes past the page
 * cache if asked to, and zeroes and discards through {@code fallocate}; without, it uses the pool for all,
 * writes zeroes and ignores discards, which is slower and as correct.
 */
module dev.pirn.block {
    requires transitive dev.pirn.core;

    // For images compressed by zstd alone; without it they are refused.
    requires static com.github.luben.zstd_jni;

    exports dev.pirn.block;
    exports dev.pirn.block.filter;
    exports dev.pirn.block.qcow2;
}
