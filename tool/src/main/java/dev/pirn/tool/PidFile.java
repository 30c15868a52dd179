package dev.pirn.tool;

import dev.pirn.MayBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file with the number of this process and a newline, until it is closed.
 *
 * @param path null for no file at all
 */
record PidFile(Path path) implements AutoCloseable {
    /** Writes it, also over one that was there. */
    @MayBlock("one small file, before the first client comes")
    static PidFile write(Path path) throws Failure {
        try {
            if (path != null) Files.writeString(path, content());
        } catch (IOException e) {
            throw Failure.of("cannot write the pid file", path + ": " + Failure.reason(e)).causedBy(e);
        }
        return new PidFile(path);
    }

    /** Removes it, unless another process has written its own number into it since. */
    @Override
    @MayBlock("one small file, after the last client has left")
    public void close() throws IOException {
        if (path == null || !Files.exists(path)) return;
        if (Files.readString(path).equals(content())) Files.deleteIfExists(path);
    }

    private static String content() {
        return ProcessHandle.current().pid() + "\n";
    }
}
