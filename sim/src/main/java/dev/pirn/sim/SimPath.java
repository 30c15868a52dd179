package dev.pirn.sim;

import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;

/** A path of a simulated file system: names between slashes. */
final class SimPath implements Path {
    private final SimFileSystem system;
    private final boolean absolute;
    private final List<String> names;

    private SimPath(SimFileSystem system, boolean absolute, List<String> names) {
        this.system = system;
        this.absolute = absolute;
        this.names = names;
    }

    static SimPath of(SimFileSystem system, String text) {
        var names = new ArrayList<String>();
        for (String each : text.split("/")) if (!each.isEmpty()) names.add(each);
        return new SimPath(system, text.startsWith("/"), List.copyOf(names));
    }

    private SimPath with(boolean fromRoot, List<String> others) {
        return new SimPath(system, fromRoot, List.copyOf(others));
    }

    private static SimPath cast(Path other) {
        if (other instanceof SimPath path) return path;
        throw new ProviderMismatchException(other + " is no path of a simulated disk");
    }

    /** The name of its entry: absolute, without dots. */
    String key() {
        return toAbsolutePath().normalize().toString();
    }

    @Override
    public FileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return absolute;
    }

    @Override
    public Path getRoot() {
        return absolute ? with(true, List.of()) : null;
    }

    @Override
    public Path getFileName() {
        return names.isEmpty() ? null : with(false, List.of(names.getLast()));
    }

    @Override
    public Path getParent() {
        if (names.isEmpty() || names.size() == 1 && !absolute) return null;
        return with(absolute, names.subList(0, names.size() - 1));
    }

    @Override
    public int getNameCount() {
        return names.size();
    }

    @Override
    public Path getName(int index) {
        return subpath(index, index + 1);
    }

    @Override
    public Path subpath(int first, int end) {
        if (first < 0 || end > names.size() || first >= end) {
            throw new IllegalArgumentException("names " + first + " to " + end + " of " + this);
        }
        return with(false, names.subList(first, end));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof SimPath path && path.system == system && path.absolute == absolute
                && path.names.size() <= names.size()
                && names.subList(0, path.names.size()).equals(path.names);
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(other instanceof SimPath path) || path.system != system) return false;
        if (path.absolute) return equals(path);
        int from = names.size() - path.names.size();
        return from >= 0 && names.subList(from, names.size()).equals(path.names);
    }

    @Override
    public Path normalize() {
        var kept = new ArrayList<String>();
        for (String each : names) {
            if (each.equals(".")) continue;
            boolean up = each.equals("..") && !(kept.isEmpty() ? !absolute : kept.getLast().equals(".."));
            if (!up) kept.add(each); else if (!kept.isEmpty()) kept.removeLast();
        }
        return with(absolute, kept);
    }

    @Override
    public Path resolve(Path other) {
        SimPath path = cast(other);
        if (path.absolute) return path;
        var all = new ArrayList<>(names);
        all.addAll(path.names);
        return with(absolute, all);
    }

    @Override
    public Path relativize(Path other) {
        SimPath path = cast(other);
        if (path.absolute != absolute) throw new IllegalArgumentException(this + " and " + other);
        int common = 0;
        while (common < Math.min(names.size(), path.names.size())
                && names.get(common).equals(path.names.get(common))) {
            common++;
        }
        var way = new ArrayList<String>();
        for (int i = common; i < names.size(); i++) way.add("..");
        way.addAll(path.names.subList(common, path.names.size()));
        return with(false, way);
    }

    @Override
    public URI toUri() {
        return URI.create("sim://" + toAbsolutePath());
    }

    @Override
    public Path toAbsolutePath() {
        return absolute ? this : with(true, names);
    }

    @Override
    public Path toRealPath(LinkOption... options) {
        return toAbsolutePath().normalize();
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events,
            WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("changes of a simulated disk cannot be watched");
    }

    @Override
    public int compareTo(Path other) {
        return toString().compareTo(cast(other).toString());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SimPath path && path.system == system && path.absolute == absolute
                && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    /** Its names, between slashes. */
    @Override
    public String toString() {
        return (absolute ? "/" : "") + String.join("/", names);
    }
}
