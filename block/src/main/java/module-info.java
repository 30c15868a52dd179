/**
 * Disks that coroutines read and write, behind one checked door; uses {@code dev.pirn.core}.
 *
 * <p>Started with {@code --enable-native-access=dev.pirn.block} it zeroes and discards through Linux's
 * {@code fallocate}; without, it writes zeroes and ignores discards, which is slower and as correct.
 */
module dev.pirn.block {
    requires transitive dev.pirn.core;

    exports dev.pirn.block;
}
