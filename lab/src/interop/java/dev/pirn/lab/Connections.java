package dev.pirn.lab;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Counts a process's connections at one address. Other sockets it has for itself: the JVM one, each ring of
 * io_uring two.
 */
final class Connections {
    private static final String UNIX_CONNECTED = "03";
    private static final String TCP_ESTABLISHED = "01";

    private Connections() { }

    /** How many a process has, whose files are below {@code /proc/PID}, that came to {@code uri}. */
    static int count(Path process, String uri) throws IOException {
        Set<String> inodes = uri.contains("?socket=") ? unix(uri) : tcp(URI.create(uri).getPort());
        int count = 0;
        try (var descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path each : descriptors) {
                if (inodes.contains(link(each))) count++;
            }
        }
        return count;
    }

    private static String link(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "closed"; // Meanwhile.
        }
    }

    private static Set<String> unix(String uri) throws IOException {
        String path = URLDecoder.decode(uri.substring(uri.indexOf("?socket=") + 8), StandardCharsets.UTF_8);
        return inodes("/proc/net/unix", 6,
                line -> line.length == 8 && line[5].equals(UNIX_CONNECTED) && line[7].equals(path));
    }

    private static Set<String> tcp(int port) throws IOException {
        String local = ":%04X".formatted(port);
        Predicate<String[]> ours = line -> line[1].endsWith(local) && line[3].equals(TCP_ESTABLISHED);
        var all = new HashSet<>(inodes("/proc/net/tcp", 9, ours));
        all.addAll(inodes("/proc/net/tcp6", 9, ours));
        return all;
    }

    /** What descriptors link to, of the lines of a table that are asked for. */
    private static Set<String> inodes(String table, int column, Predicate<String[]> wanted)
            throws IOException {
        List<String> lines = Files.readAllLines(Path.of(table));
        var inodes = new HashSet<String>();
        for (String each : lines.subList(1, lines.size())) {
            String[] line = each.strip().split("\\s+");
            if (wanted.test(line)) inodes.add("socket:[" + line[column] + "]");
        }
        return inodes;
    }
}
