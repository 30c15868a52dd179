package dev.pirn.block;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds who holds a lock of an open file description. The kernel does not tell by the lock itself, whose
 * process is -1, but by each descriptor, in {@code /proc/PID/fdinfo/FD}:
 * <pre>
 *   lock:   1: OFDLCK  ADVISORY  READ -1 08:01:1234 100 101
 *                                             inode first last
 * </pre>
 */
final class LockHolder {
    private static final Path PROC = Path.of("/proc");
    private static final int INODE = 6;
    private static final int FIRST = 7;

    private LockHolder() { }

    /**
     * Names one, for people; somebody else's process may not let us look. Blocks.
     *
     * @param own the descriptor that asks, and holds locks itself
     */
    @NoCoroutineFn
    static String of(Path path, int at, int own) {
        try {
            String inode = ":" + Files.getAttribute(path, "unix:ino");
            try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
                for (Path each : processes) {
                    if (holds(each, inode, at, isThis(each) ? own : -1)) return name(each);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // We may not look: as if nobody was found.
        }
        return "another process";
    }

    private static String name(Path process) {
        String pid = process.getFileName().toString();
        if (isThis(process)) return "this process";
        try {
            return Files.readString(process.resolve("comm")).strip() + " (process " + pid + ")";
        } catch (IOException e) {
            return "process " + pid;
        }
    }

    private static boolean isThis(Path process) {
        return Long.parseLong(process.getFileName().toString()) == ProcessHandle.current().pid();
    }

    private static boolean holds(Path process, String inode, int at, int own) {
        try (var descriptors = Files.newDirectoryStream(process.resolve("fdinfo"))) {
            for (Path each : descriptors) {
                if (Integer.parseInt(each.getFileName().toString()) == own) continue;
                if (lines(each).stream().anyMatch(line -> isLock(line, inode, at))) return true;
            }
        } catch (IOException | DirectoryIteratorException e) {
            return false; // It ended, or is somebody else's.
        }
        return false;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of(); // Closed meanwhile.
        }
    }

    private static boolean isLock(String line, String inode, int at) {
        if (!line.startsWith("lock:") || !line.contains("OFDLCK")) return false;
        String[] words = line.split("\\s+");
        if (words.length < FIRST + 2 || !words[INODE].endsWith(inode)) return false;
        String last = words[FIRST + 1];
        return Long.parseLong(words[FIRST]) <= at && (last.equals("EOF") || at <= Long.parseLong(last));
    }
}
