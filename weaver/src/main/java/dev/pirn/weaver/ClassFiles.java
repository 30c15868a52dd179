package dev.pirn.weaver;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * The class files of a class path: folders and jars, in their order, and after them the JDK that runs this.
 *
 * <p>What is on a path and is not there, or is no jar, has no classes: compilers take such paths too.
 */
final class ClassFiles implements ClassSource, Closeable {
    private static final Pattern NAME = Pattern.compile("[\\w/$]+"); // In the JDK. Others may be no paths.

    private final List<ClassSource> places = new ArrayList<>();
    private final List<JarFile> open = new ArrayList<>();

    ClassFiles(Collection<Path> path) throws IOException {
        try {
            for (Path each : path) add(each);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void add(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            places.add(name -> inFolder(path, name));
        } else if (Files.isRegularFile(path) && isZip(path)) {
            // The version of the JVM that runs this: a jar may have classes for some versions only.
            var jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion());
            open.add(jar);
            places.add(name -> inJar(jar, name));
        }
    }

    /** By what is in it: a dependency may be a file of any kind, and of any name. */
    private static boolean isZip(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 'P' && in.read() == 'K';
        }
    }

    @Override
    public byte[] find(String name) {
        if (name.indexOf('\0') >= 0) return null; // Of a damaged class file. No path may have that.
        for (ClassSource each : places) {
            byte[] found = each.find(name);
            if (found != null) return found;
        }
        return inJdk(name);
    }

    private static byte[] inFolder(Path folder, String name) {
        Path file = folder.resolve(name + ".class");
        try {
            return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] inJar(JarFile jar, String name) {
        var entry = jar.getJarEntry(name + ".class");
        if (entry == null) return null;
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(jar.getName(), e);
        }
    }

    static byte[] inJdk(String name) {
        try (InputStream in = ClassLoader.getPlatformClassLoader().getResourceAsStream(name + ".class")) {
            return in == null ? inOtherModules(name) : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of modules of the JDK that this program does not use itself, so that no loader has them. */
    private static byte[] inOtherModules(String name) throws IOException {
        int end = name.lastIndexOf('/');
        if (end < 0 || !NAME.matcher(name).matches()) return null;
        FileSystem image = FileSystems.getFileSystem(URI.create("jrt:/"));
        Path modules = image.getPath("/packages", name.substring(0, end).replace('/', '.'));
        if (!Files.isDirectory(modules)) return null;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(modules)) {
            for (Path each : all) {
                Path file = image.getPath("/modules", each.getFileName().toString(), name + ".class");
                if (Files.isRegularFile(file)) return Files.readAllBytes(file);
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        for (JarFile each : open) each.close();
    }
}
