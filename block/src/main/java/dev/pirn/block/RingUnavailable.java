package dev.pirn.block;

import java.io.IOException;

/** Says why there is no io_uring for us. */
final class RingUnavailable extends IOException {
    private static final long serialVersionUID = 1L;

    RingUnavailable(String why) {
        super(why);
    }

    RingUnavailable(String call, int errno) {
        super(call + ": " + Libc.text(errno) + " (errno " + errno + ")" + cause(errno));
    }

    private static String cause(int errno) {
        return switch (errno) {
            case Errno.EPERM -> ", as in containers, whose seccomp profile forbids it, and where "
                    + "kernel.io_uring_disabled is set";
            case Errno.ENOSYS -> ", for the kernel is older than Linux 5.1, or built without it";
            case Errno.ENOMEM -> ", as where the limit of locked memory is low (ulimit -l)";
            default -> "";
        };
    }
}
