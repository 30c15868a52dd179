package dev.pirn.weaver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Checks folders of classes, before they are woven or after. */
public final class Checking {
    private Checking() { }

    /**
     * Checks what is in {@code folders}, together; see {@link Checker}. Of classes that were woven there the
     * originals are checked; those that were woven elsewhere are taken to have been checked there.
     *
     * @param classPath folders and jars with what the classes use; those that are not there have no classes
     * @throws IOException if a file cannot be read
     */
    public static List<Message> check(Collection<Path> folders, Collection<Path> classPath)
            throws IOException {
        Map<String, byte[]> plain = new TreeMap<>();
        Map<String, byte[]> all = new TreeMap<>();
        for (Path each : folders) {
            var folder = new WeaveFolder(each);
            plain.putAll(folder.inputs);
            all.putAll(folder.files);
        }
        all.putAll(plain);
        try (var path = new ClassFiles(classPath)) {
            return Checker.check(plain.keySet(), name -> {
                byte[] found = all.get(name);
                return found == null ? path.find(name) : found;
            });
        }
    }
}
