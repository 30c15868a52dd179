package dev.pirn.weaver;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Names the weaver that runs and its options: where another one wove, all is woven again. */
final class WeaverStamp {
    private WeaverStamp() { }

    static String of(Weaver.Options options) throws IOException {
        return files() + " " + Runtime.version().feature() + " " + options;
    }

    /** Of sizes and times, not of the version: that of a snapshot stays while the weaver changes. */
    private static String files() throws IOException {
        var source = WeaverStamp.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) return "unknown";
        Path path;
        try {
            path = Path.of(source.getLocation().toURI());
        } catch (URISyntaxException | FileSystemNotFoundException | IllegalArgumentException e) {
            return source.getLocation().toString(); // An image of the JVM, or a loader of its own kind.
        }
        long size = 0;
        long time = 0;
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                if (!Files.isRegularFile(each)) continue;
                size += Files.size(each);
                time = Math.max(time, Files.getLastModifiedTime(each).toMillis());
            }
        }
        return size + "@" + time;
    }
}
