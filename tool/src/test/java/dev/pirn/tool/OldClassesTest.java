package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the launcher has made of libraries whose classes are too old for an AOT cache. */
class OldClassesTest {
    @TempDir
    private Path dir;

    /** A class "Sign" with a branch in it: {@code static int of(int n) { return n < 0 ? -1 : 1; }}. */
    private static byte[] sign(int version) {
        return ClassFile.of(ClassFile.StackMapsOption.STACK_MAPS_WHEN_REQUIRED).build(ClassDesc.of("Sign"),
                made -> made.with(ClassFileVersion.of(version, 0)).withFlags(ClassFile.ACC_PUBLIC)
                        .withMethodBody("of", MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int),
                                ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, code -> {
                                    var positive = code.newLabel();
                                    code.iload(0).ifge(positive).iconst_m1().ireturn();
                                    code.labelBinding(positive).iconst_1().ireturn();
                                }));
    }

    private Path jar(Map<String, byte[]> entries) throws IOException {
        Path jar = dir.resolve("a.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var each : entries.entrySet()) {
                out.putNextEntry(new ZipEntry(each.getKey()));
                out.write(each.getValue());
            }
        }
        return jar;
    }

    private static Map<String, byte[]> entries(Path jar) throws IOException {
        var entries = new LinkedHashMap<String, byte[]>();
        try (var zip = new ZipFile(jar.toFile())) {
            for (ZipEntry each : zip.stream().toList()) {
                entries.put(each.getName(), zip.getInputStream(each).readAllBytes());
            }
        }
        return entries;
    }

    private static int signOf(Path jar, int number) throws ReflectiveOperationException, IOException {
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
            return (int) loader.loadClass("Sign").getMethod("of", int.class).invoke(null, number);
        }
    }

    @Test
    void anOldClassGetsStackMapsAndDoesTheSame() throws IOException, ReflectiveOperationException {
        Path jar = jar(Map.of("Sign.class", sign(ClassFile.JAVA_5_VERSION)));
        assertEquals(1, OldClasses.renew(jar));
        var renewed = ClassFile.of().parse(entries(jar).get("Sign.class"));
        assertEquals(ClassFile.JAVA_8_VERSION, renewed.majorVersion());
        assertEquals(List.of(), ClassFile.of().verify(renewed));
        assertEquals(-1, signOf(jar, -7));
        assertEquals(1, signOf(jar, 7));
    }

    @Test
    void whatIsNotOldIsCopiedAsItIs() throws IOException {
        byte[] now = sign(ClassFile.JAVA_17_VERSION);
        byte[] text = {1, 2, 3};
        var before = new LinkedHashMap<String, byte[]>();
        before.put("META-INF/MANIFEST.MF", text);
        before.put("Old.class", sign(ClassFile.JAVA_5_VERSION));
        before.put("Now.class", now);
        Path jar = jar(before);
        assertEquals(1, OldClasses.renew(jar));
        var after = entries(jar);
        assertEquals(List.copyOf(before.keySet()), List.copyOf(after.keySet()));
        assertArrayEquals(text, after.get("META-INF/MANIFEST.MF"));
        assertArrayEquals(now, after.get("Now.class"));
    }

    @Test
    void aJarWithoutOldClassesStaysTheSameFile() throws IOException {
        Path jar = jar(Map.of("Sign.class", sign(ClassFile.JAVA_8_VERSION)));
        byte[] before = Files.readAllBytes(jar);
        assertEquals(0, OldClasses.renew(jar));
        assertArrayEquals(before, Files.readAllBytes(jar));
        assertEquals(List.of(jar), list());
    }

    @Test
    void aBrokenClassLeavesTheJarAsItWas() throws IOException {
        Path jar = jar(Map.of("Broken.class", new byte[] {1, 2, 3}));
        byte[] before = Files.readAllBytes(jar);
        assertThrows(IllegalArgumentException.class, () -> OldClasses.main(jar.toString()));
        assertArrayEquals(before, Files.readAllBytes(jar));
        assertEquals(List.of(jar), list());
    }

    private List<Path> list() throws IOException {
        try (var files = Files.list(dir)) {
            return files.toList();
        }
    }

    /** The one that all this is for. When it is no longer old, this class has no purpose any more. */
    @Test
    void allOfPicocliIsRenewedAndVerifies() throws Exception {
        Path library = Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path jar = dir.resolve("picocli.jar");
        Files.copy(library, jar);
        var before = entries(library);
        assertTrue(OldClasses.renew(jar) > 0, "it is not old any more");
        var after = entries(jar);
        assertEquals(List.copyOf(before.keySet()), List.copyOf(after.keySet()));
        assertEquals(List.of(), after.entrySet().stream().filter(OldClassesTest::isOld).map(Map.Entry::getKey)
                .toList());
        // Its largest, of some hundred branches: what the others refer to is the same.
        byte[] largest = after.get("picocli/CommandLine$Interpreter.class");
        assertEquals(List.of(), ClassFile.of().verify(largest));
    }

    private static boolean isOld(Map.Entry<String, byte[]> entry) {
        return entry.getKey().endsWith(".class")
                && ClassFile.of().parse(entry.getValue()).majorVersion() < ClassFile.JAVA_6_VERSION;
    }
}
