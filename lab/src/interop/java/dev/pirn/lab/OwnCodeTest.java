package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.block.BlockDevice;
import dev.pirn.nbd.NbdServer;
import dev.pirn.weaver.Checker;
import dev.pirn.weaver.Message;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the checker says of our own code: nothing. */
class OwnCodeTest {
    @Test
    void theModulesTogether() throws Exception {
        var names = new ArrayList<String>();
        for (String each : List.of("dev.pirn.tool.Main", "dev.pirn.lab.bench.Nesting",
                Coroutine.class.getName(), BlockDevice.class.getName(), NbdServer.class.getName())) {
            names.addAll(namesBeside(Class.forName(each, false, getClass().getClassLoader())));
        }
        assertTrue(names.size() > 170, names.size() + " classes");
        assertEquals("", check(names, null));
    }

    @Test
    void examples(@TempDir Path folder) throws IOException {
        var options = new ArrayList<>(List.of("-g", "-proc:none", "-d", folder.toString()));
        try (Stream<Path> files = Files.list(Path.of("../examples"))) {
            files.map(Path::toString).filter(each -> each.endsWith(".java")).forEach(options::add);
        }
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null,
                options.toArray(String[]::new)));
        assertEquals("", check(namesBelow(folder), folder));
    }

    /** Takes classes from {@code folder}, if not null, then from the class path. */
    private static String check(List<String> names, Path folder) {
        List<Message> messages = Checker.check(names, name -> {
            Path file = folder == null ? null : folder.resolve(name + ".class");
            try (InputStream in = file != null && Files.exists(file) ? Files.newInputStream(file)
                    : OwnCodeTest.class.getResourceAsStream("/" + name + ".class")) {
                return in == null ? null : in.readAllBytes();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return String.join("\n", messages.stream().map(Message::toString).toList());
    }

    /** The classes in the folder, or jar, of {@code type}. */
    private static List<String> namesBeside(Class<?> type) throws IOException, URISyntaxException {
        Path place = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isDirectory(place)) return namesBelow(place);
        try (var jar = FileSystems.newFileSystem(place)) {
            return namesBelow(jar.getPath("/"));
        }
    }

    private static List<String> namesBelow(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(each -> root.relativize(each).toString()).filter(each -> each.endsWith(".class"))
                    .filter(each -> !each.equals("module-info.class"))
                    .map(each -> each.substring(0, each.length() - ".class".length())).sorted().toList();
        }
    }
}
