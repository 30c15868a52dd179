package dev.pirn.weaver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Checks folders of classes, woven or not. */
public final class Checking {
    private Checking() { }

    /**
     * Checks what is in {@code folders}, together; see {@link Checker}.
     *
     * @param classPath folders and jars with what the classes use; those that are not there have no classes
     * @throws IOException if a file cannot be read
     */
    public static List<Message> check(Collection<Path> folders, Collection<Path> classPath)
            throws IOException {
        var names = new TreeSet<String>();
        for (Path each : folders) names.addAll(WeaveFolder.names(each));
        names.removeIf(each -> WeaveFolder.hostOf(each) != null);
        var path = new ArrayList<>(folders);
        path.addAll(classPath);
        try (var classes = new ClassFiles(path)) {
            return Checker.check(names, classes);
        }
    }
}
