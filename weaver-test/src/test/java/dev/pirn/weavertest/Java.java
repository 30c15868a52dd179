package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Tools of the JDK, run in processes of their own. */
final class Java {
    record Run(String out, String err) { }

    private Java() { }

    /** Runs a tool of the JDK to its end, which must be a good one. */
    static Run run(String tool, Object... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        for (Object each : arguments) command.add(each.toString());
        return run(command);
    }

    static Run run(List<String> command) throws IOException, InterruptedException {
        Path err = Files.createTempFile("pirn", "err");
        try {
            Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
            String out;
            try (InputStream in = process.getInputStream()) {
                out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            int status = process.waitFor();
            String said = Files.readString(err);
            assertEquals(0, status, () -> command + "\n" + out + said);
            return new Run(out.strip(), said.strip());
        } finally {
            Files.delete(err);
        }
    }

    /** Where core is on the class path of the tests: a folder, or a jar. */
    static Path core() {
        return place(dev.pirn.Coroutine.class);
    }

    static Path place(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    /** The weaver as the agent that its jar is; the jar itself may not be built yet. */
    static Path agent(Path folder) throws IOException {
        var manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Premain-Class", "dev.pirn.weaver.Agent");
        main.putValue("Agent-Class", "dev.pirn.weaver.Agent");
        Path place = place(dev.pirn.weaver.Weaving.class);
        if (!Files.isDirectory(place)) return place;
        Path jar = folder.resolve("pirn-weaver.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                Stream<Path> all = Files.walk(place)) {
            for (Path each : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                String name = place.relativize(each).toString().replace('\\', '/');
                if (name.startsWith("META-INF")) continue;
                out.putNextEntry(new JarEntry(name));
                out.write(Files.readAllBytes(each));
            }
        }
        return jar;
    }
}
