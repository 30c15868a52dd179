package dev.pirn.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * io_uring's system calls, each made once; what is below zero is {@code -errno}.
 *
 * <p>An interface for the tests, whose kernels refuse what they like.
 */
interface RingCalls {
    /**
     * The property that has {@link #SYSTEM} behave as a kernel that answers each set-up with this errno: for
     * tests of what then happens.
     */
    String REFUSED = "pirn.uring.errno";

    /** {@code io_uring_setup}: a descriptor. */
    int setup(int entries, MemorySegment params);

    /** {@code io_uring_enter}, which waits for nothing: how many submissions the kernel took. */
    int submit(int fd, int count);

    /** Those of this machine. */
    RingCalls SYSTEM = new RingCalls() {
        // The same numbers on every architecture, as of all calls that are so young.
        private static final long IO_URING_SETUP = 425;
        private static final long IO_URING_ENTER = 426;

        @Override
        public int setup(int entries, MemorySegment params) {
            int refused = Integer.getInteger(REFUSED, 0);
            if (refused > 0) return -refused;
            try (var arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(Libc.STATE);
                return Libc.syscall(state, IO_URING_SETUP, entries, params.address());
            }
        }

        @Override
        public int submit(int fd, int count) {
            return Libc.syscall(LinuxFile.state(), IO_URING_ENTER, fd, count);
        }
    };
}
