package dev.pirn.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * An io_uring: two queues in memory that the kernel shares. For one thread at a time.
 *
 * <pre>
 *   prepare ──▶ submissions ──submit──▶ kernel ──▶ completions ──▶ next, tag and result
 *               head: the kernel's                 tail: the kernel's
 *               tail: ours, told at submit         head: ours
 * </pre>
 *
 * <p>It knows nothing of requests: a number, the tag, goes in with each submission and comes out again.
 */
final class Ring implements AutoCloseable {
    /** Operations, by {@code io_uring.h}'s names. */
    static final int FSYNC = 3;
    static final int TIMEOUT = 11;
    static final int FALLOCATE = 17;
    static final int READ = 22;
    static final int WRITE = 23;
    static final int SEND = 26;

    /** Flag of a submission: the next one begins when this one was done without an error. */
    static final int LINKED = 1 << 2;

    /** {@code IORING_SETUP_COOP_TASKRUN}, of 5.19: completions interrupt no thread that runs, see below. */
    private static final int COOP_TASKRUN = 1 << 8;
    private static final int FEAT_SINGLE_MMAP = 1;      // 5.4
    private static final int FEAT_NODROP = 1 << 1;      // 5.5
    private static final int FEAT_RW_CUR_POS = 1 << 3;  // 5.6, and so are READ, WRITE and SEND
    private static final int FEATURES_NEEDED = FEAT_SINGLE_MMAP | FEAT_NODROP | FEAT_RW_CUR_POS;

    private static final long OFFSET_RINGS = 0;
    private static final long OFFSET_SUBMISSIONS = 0x10000000;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;

    // struct io_uring_params, and within it the offsets into the rings.
    private static final long PARAMS_SIZE = 120;
    private static final long PARAM_FLAGS = 8;
    private static final long PARAM_FEATURES = 20;
    private static final long SQ_OFFSETS = 40;
    private static final long CQ_OFFSETS = 80;
    private static final long CQ_CQES = CQ_OFFSETS + 20;
    private static final long SQ_ARRAY = SQ_OFFSETS + 24;
    private static final long HEAD = 0;
    private static final long TAIL = 4;
    private static final long MASK = 8;
    private static final long ENTRIES = 12;

    private static final long SUBMISSION_SIZE = 64;
    private static final long COMPLETION_SIZE = 16;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG;
    private static final VarHandle SHARED = I32.varHandle();

    private final RingCalls calls;
    private final int fd;
    private final MemorySegment rings;
    private final MemorySegment submissions;
    private final long submissionHead;
    private final long submissionTail;
    private final int submissionMask;
    private final long completionHead;
    private final long completionTail;
    private final int completionMask;
    private final long completionsAt;

    private int told; // The submission queue's tail as the kernel knows it …
    private int tail; // … and with what was prepared since.
    private int head; // The completion queue's, ours alone.
    private long tag;

    /*
     * DEFER_TASKRUN, and SINGLE_ISSUER which it needs, are not asked for: with them completions appear only
     * when the loop's thread asks the kernel for them, so that nothing could end its sleep in the selector
     * but another thread; and a loop may run in one thread and be closed in another. COOP_TASKRUN spares a
     * thread that runs the interrupt: completions appear at its next system call, and the loop makes one
     * before each look. One that sleeps is woken as ever.
     */

    private Ring(RingCalls calls, int fd, MemorySegment params) throws RingUnavailable {
        this.calls = calls;
        this.fd = fd;
        try {
            this.rings = map(fd, ringSize(params), OFFSET_RINGS);
        } catch (RingUnavailable e) {
            LinuxFile.close(fd);
            throw e;
        }
        try {
            this.submissions = map(fd, params.get(I32, 0) * SUBMISSION_SIZE, OFFSET_SUBMISSIONS);
        } catch (RingUnavailable e) {
            Libc.munmap(rings);
            LinuxFile.close(fd);
            throw e;
        }
        submissionHead = params.get(I32, SQ_OFFSETS + HEAD);
        submissionTail = params.get(I32, SQ_OFFSETS + TAIL);
        submissionMask = rings.get(I32, params.get(I32, SQ_OFFSETS + MASK));
        completionHead = params.get(I32, CQ_OFFSETS + HEAD);
        completionTail = params.get(I32, CQ_OFFSETS + TAIL);
        completionMask = rings.get(I32, params.get(I32, CQ_OFFSETS + MASK));
        completionsAt = params.get(I32, CQ_CQES);
        // The queue names places in the array of submissions; ours names each its own, once for all.
        long array = params.get(I32, SQ_ARRAY);
        int entries = rings.get(I32, params.get(I32, SQ_OFFSETS + ENTRIES));
        for (int i = 0; i < entries; i++) rings.set(I32, array + i * 4L, i);
    }

    /**
     * Makes one for {@code entries}, a power of two, submissions at a time; twice as many completions have
     * room.
     *
     * @throws RingUnavailable if the kernel has none for us
     */
    static Ring open(RingCalls calls, int entries) throws RingUnavailable {
        try (var arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(PARAMS_SIZE, Long.BYTES);
            params.set(I32, PARAM_FLAGS, COOP_TASKRUN);
            int fd = calls.setup(entries, params);
            if (fd == -Errno.EINVAL) { // A kernel before 5.19.
                fd = calls.setup(entries, params.fill((byte) 0));
            }
            if (fd < 0) throw new RingUnavailable("io_uring_setup", -fd);
            int features = params.get(I32, PARAM_FEATURES);
            if ((features & FEATURES_NEEDED) != FEATURES_NEEDED) {
                LinuxFile.close(fd);
                throw new RingUnavailable("the kernel's io_uring is older than Linux 5.6");
            }
            return new Ring(calls, fd, params);
        }
    }

    private static long ringSize(MemorySegment params) {
        long submissionEnd = params.get(I32, SQ_ARRAY) + params.get(I32, 0) * 4L;
        long completionEnd = params.get(I32, CQ_CQES) + params.get(I32, 4) * COMPLETION_SIZE;
        return Math.max(submissionEnd, completionEnd);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment map(int fd, long size, long offset) throws RingUnavailable {
        long mapped = Libc.mmap(LinuxFile.state(), size, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
        if (mapped < 0) throw new RingUnavailable("mmap of a ring", (int) -mapped);
        return MemorySegment.ofAddress(mapped).reinterpret(size);
    }

    /** How many submissions are prepared that the kernel has not taken. */
    int prepared() {
        return tail - told;
    }

    /**
     * Prepares a submission, for which there must be room; {@code flags} are of all operations,
     * {@code detail} is the operation's own. What {@code address} points to is the kernel's until its
     * completion comes.
     */
    void prepare(int operation, int flags, int file, long offset, long address, int length, int detail,
            long newTag) {
        assert prepared() <= submissionMask : "no room in the submission queue";
        long at = (tail & submissionMask) * SUBMISSION_SIZE;
        submissions.set(I64, at, operation | flags << 8 | (long) file << 32);
        submissions.set(I64, at + 8, offset);
        submissions.set(I64, at + 16, address);
        submissions.set(I32, at + 24, length);
        submissions.set(I32, at + 28, detail);
        submissions.set(I64, at + 32, newTag);
        submissions.set(I64, at + 40, 0);
        submissions.set(I64, at + 48, 0);
        submissions.set(I64, at + 56, 0);
        tail++;
    }

    /**
     * Gives the kernel what is prepared: all of it, or it fails.
     *
     * @return 0, or {@code -errno}; {@link #takeBack} what it left then
     */
    int submit() {
        SHARED.setRelease(rings, submissionTail, tail);
        while (prepared() > 0) {
            int count = calls.submit(fd, prepared());
            told = (int) SHARED.getAcquire(rings, submissionHead);
            if (count < 0 && count != -Errno.EINTR) return count;
        }
        return 0;
    }

    /** Takes back the last that the kernel did not take; returns its tag. */
    long takeBack() {
        tail--;
        SHARED.setRelease(rings, submissionTail, tail);
        return submissions.get(I64, (tail & submissionMask) * SUBMISSION_SIZE + 32);
    }

    /** How many completions are there. */
    int completions() {
        return (int) SHARED.getAcquire(rings, completionTail) - head;
    }

    /** Takes the next completion, which must be there, and returns its result; {@link #tag} is its tag. */
    int next() {
        long at = completionsAt + (head & completionMask) * COMPLETION_SIZE;
        tag = rings.get(I64, at);
        int result = rings.get(I32, at + 8);
        SHARED.setRelease(rings, completionHead, ++head);
        return result;
    }

    /** Of the completion that was taken last. */
    long tag() {
        return tag;
    }

    /** The kernel goes on with what it has, and tells nobody. */
    @Override
    public void close() {
        Libc.munmap(rings);
        Libc.munmap(submissions);
        LinuxFile.close(fd);
    }
}
