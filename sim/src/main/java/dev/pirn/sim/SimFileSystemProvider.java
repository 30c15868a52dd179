package dev.pirn.sim;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@link java.nio.file.Files} can do on a {@link SimDisk}. Attributes to be set are ignored. */
final class SimFileSystemProvider extends FileSystemProvider {
    private final SimDisk disk;

    SimFileSystemProvider(SimDisk disk) {
        this.disk = disk;
    }

    void makeRoot() {
        disk.put("/", new Inode(true));
        disk.forceNames();
    }

    private static String key(Path path) {
        if (path instanceof SimPath own) return own.key();
        throw new ProviderMismatchException(path + " is no path of a simulated disk");
    }

    private Inode find(Path path) throws NoSuchFileException {
        Inode found = disk.find(key(path));
        if (found == null) throw new NoSuchFileException(path.toString());
        return found;
    }

    private void requireParent(Path path) throws IOException {
        Path parent = path.toAbsolutePath().normalize().getParent();
        if (parent != null && !find(parent).directory) throw new NotDirectoryException(parent.toString());
    }

    @Override
    public String getScheme() {
        return "sim";
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options,
            FileAttribute<?>... attributes) throws IOException {
        Inode file = disk.find(key(path));
        boolean writes = options.contains(StandardOpenOption.WRITE)
                || options.contains(StandardOpenOption.APPEND);
        boolean createsNew = writes && options.contains(StandardOpenOption.CREATE_NEW);
        if (file != null && createsNew) throw new FileAlreadyExistsException(path.toString());
        if (file != null && file.directory && writes) {
            throw new FileSystemException(path.toString(), null, "Is a directory");
        }
        if (file == null) {
            if (!createsNew && !(writes && options.contains(StandardOpenOption.CREATE))) {
                throw new NoSuchFileException(path.toString());
            }
            requireParent(path);
            file = new Inode(false);
            disk.put(key(path), file);
        }
        var channel = new SimFileChannel(disk, path, file, options);
        if (writes && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) channel.truncate(0);
        return channel;
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
            FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path directory,
            DirectoryStream.Filter<? super Path> filter) throws IOException {
        if (!find(directory).directory) throw new NotDirectoryException(directory.toString());
        List<Path> found = new ArrayList<>();
        for (String each : disk.below(key(directory))) {
            Path path = directory.resolve(each.substring(each.lastIndexOf('/') + 1));
            if (filter.accept(path)) found.add(path);
        }
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return found.iterator();
            }

            @Override
            public void close() { }
        };
    }

    @Override
    public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        if (disk.find(key(directory)) != null) throw new FileAlreadyExistsException(directory.toString());
        requireParent(directory);
        disk.put(key(directory), new Inode(true));
    }

    @Override
    public void delete(Path path) throws IOException {
        if (find(path).directory && !disk.below(key(path)).isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        disk.remove(key(path));
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        Inode moved = find(source);
        requireParent(target);
        if (moved.directory) throw new UnsupportedOperationException("simulated directories are not moved");
        boolean replaces = List.of(options).contains(StandardCopyOption.REPLACE_EXISTING)
                || List.of(options).contains(StandardCopyOption.ATOMIC_MOVE);
        if (!replaces && disk.find(key(target)) != null) {
            throw new FileAlreadyExistsException(target.toString());
        }
        disk.move(key(source), key(target));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException("simulated files are not copied; read and write them");
    }

    @Override
    public boolean isSameFile(Path one, Path two) throws IOException {
        return find(one) == find(two);
    }

    @Override
    public boolean isHidden(Path path) {
        return false;
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException("a simulated disk has no file store");
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        find(path);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type,
            LinkOption... options) {
        return null;
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (type != BasicFileAttributes.class) {
            throw new UnsupportedOperationException(type.getSimpleName() + " of a simulated file");
        }
        return type.cast(new Attributes(find(path)));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
            throws IOException {
        Inode found = find(path);
        return Map.of("size", found.size(), "isDirectory", found.directory,
                "isRegularFile", !found.directory);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException("attributes of a simulated file are not set");
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException("make a Sim, and use its disk()");
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return disk.path("/").getFileSystem();
    }

    @Override
    public Path getPath(URI uri) {
        return disk.path(uri.getPath());
    }

    private record Attributes(Inode file) implements BasicFileAttributes {
        @Override
        public FileTime lastModifiedTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime lastAccessTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime creationTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public boolean isRegularFile() {
            return !file.directory;
        }

        @Override
        public boolean isDirectory() {
            return file.directory;
        }

        @Override
        public boolean isSymbolicLink() {
            return false;
        }

        @Override
        public boolean isOther() {
            return false;
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public Object fileKey() {
            return null;
        }
    }
}
