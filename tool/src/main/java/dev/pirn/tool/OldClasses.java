package dev.pirn.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Run by the launcher on the jars that it has copied: makes class files of them newer that the JVM would put
 * into no AOT cache, for they have no stack maps to be verified by (later JDKs will: JDK-8317269). Picocli's
 * are of version 49; to load and verify them took a sixth of the CPU of {@code img info}. Nothing else of
 * them is changed, and nobody else gets them: the copy stays on the machine that made it.
 */
public final class OldClasses {
    /** The first with stack maps. */
    private static final int STACK_MAPS_VERSION = ClassFile.JAVA_6_VERSION;
    /** Not the newest: the rules for what a class may contain have become stricter. */
    private static final int NEW_VERSION = ClassFile.JAVA_8_VERSION;

    private OldClasses() { }

    /**
     * Renews each of {@code jars} that has old classes, in its place.
     *
     * @throws IOException if one cannot be read or replaced; it is then what it was
     * @throws IllegalArgumentException if a class file is broken, or has subroutines (JSR), which stack maps
     *     do not go with; the same
     */
    public static void main(String... jars) throws IOException {
        for (String each : jars) renew(Path.of(each));
    }

    /** Returns how many classes were old; the file is another if there were any. */
    static int renew(Path jar) throws IOException {
        Path renewed = jar.resolveSibling(jar.getFileName() + ".new");
        int count = 0;
        try {
            try (var from = new ZipFile(jar.toFile());
                    var to = new ZipOutputStream(Files.newOutputStream(renewed))) {
                var parser = parser(from);
                for (ZipEntry each : from.stream().toList()) {
                    byte[] bytes = bytes(from, each);
                    if (isOld(parser, each, bytes)) {
                        bytes = renewed(parser, bytes);
                        count++;
                    }
                    var entry = new ZipEntry(each.getName());
                    entry.setTime(each.getTime());
                    to.putNextEntry(entry);
                    to.write(bytes);
                }
            }
            if (count > 0) Files.move(renewed, jar, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(renewed);
        }
        return count;
    }

    private static byte[] bytes(ZipFile from, ZipEntry entry) throws IOException {
        try (InputStream in = from.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private static boolean isOld(ClassFile parser, ZipEntry entry, byte[] bytes) {
        return entry.getName().endsWith(".class") && parser.parse(bytes).majorVersion() < STACK_MAPS_VERSION;
    }

    private static byte[] renewed(ClassFile parser, byte[] bytes) {
        ClassModel old = parser.parse(bytes);
        // Bodies are taken apart and put together again, or they would be copied as they are.
        var bodies = ClassTransform.transformingMethodBodies((code, element) -> code.with(element));
        ClassTransform version = (made, element) -> made.with(element instanceof ClassFileVersion
                ? ClassFileVersion.of(NEW_VERSION, 0) : element);
        return parser.transformClass(old, bodies.andThen(version));
    }

    /** A stack map names what two classes have in common: it is looked for in the jar and in the JDK. */
    private static ClassFile parser(ZipFile jar) {
        var inJar = ClassHierarchyResolver.ofResourceParsing((ClassDesc wanted) -> {
            String type = wanted.descriptorString();
            ZipEntry entry = jar.getEntry(type.substring(1, type.length() - 1) + ".class");
            try {
                return entry == null ? null : jar.getInputStream(entry);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(
                        inJar.orElse(ClassHierarchyResolver.defaultResolver())));
    }
}
