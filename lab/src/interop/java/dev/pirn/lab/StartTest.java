package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a short command loads: half of its time and more. Counted and not measured, for the count is the same
 * on every machine, and under every load.
 */
class StartTest {
    /** Some 2540 on JDK 25.0.3. */
    private static final int INFO_CLASSES_MAX = 2700;
    /** Some 1090. */
    private static final int VERSION_CLASSES_MAX = 1200;
    private static final Pattern LINE = Pattern.compile(".*\\[class,load\\] (\\S+) source: (.*)");
    private static final Path LAUNCHER = Path.of("..", "pirn").toAbsolutePath().normalize();

    @TempDir
    private Path dir;

    private record Loaded(String name, String from) {
        boolean isCached() {
            return from.startsWith("shared objects file");
        }

        /** Made while it runs, for a lambda, a method handle or an annotation. */
        boolean isMade() {
            return name.contains("/0x") || !from.contains(":");
        }
    }

    private String logging() {
        return "-Xlog:class+load:file=" + dir.resolve("classes");
    }

    private List<Loaded> loaded(List<String> command) throws IOException, InterruptedException {
        try (var run = Run.start(command)) {
            var outcome = run.finish();
            assertEquals(0, outcome.code(), outcome::toString);
        }
        try (var lines = Files.lines(dir.resolve("classes"))) {
            return lines.map(LINE::matcher).filter(Matcher::matches)
                    .map(each -> new Loaded(each.group(1), each.group(2))).toList();
        }
    }

    private String image() throws IOException, InterruptedException {
        Path image = dir.resolve("a.qcow2");
        Clients.run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "1G");
        return image.toString();
    }

    private static List<String> named(List<Loaded> loaded, String... parts) {
        return loaded.stream().map(Loaded::name).filter(each -> Stream.of(parts).anyMatch(each::contains))
                .toList();
    }

    @Test
    void infoLoadsNothingThatItDoesNotNeed() throws Exception {
        var loaded = loaded(Tool.withOptions(logging(), "img", "info", image()));
        assertTrue(loaded.size() <= INFO_CLASSES_MAX, () -> loaded.size() + " classes, more than "
                + INFO_CLASSES_MAX);
        // For a recording that nobody started, the date of no snapshot, a number in a language, JSON.
        assertEquals(List.of(), named(loaded, "dev.pirn.FlightEvents", "sun.util.calendar.ZoneInfoFile",
                "java.text.DecimalFormatSymbols", "com.fasterxml.jackson", "javax.management"));
        // Each costs as much as fifty others: by one type all of the C library's are called.
        assertEquals(1, named(loaded, "DowncallStub").size());
    }

    @Test
    void theVersionNeedsNothingOfTheCommandLine() throws Exception {
        var loaded = loaded(Tool.withOptions(logging(), "--version"));
        assertTrue(loaded.size() <= VERSION_CLASSES_MAX, () -> loaded.size() + " classes, more than "
                + VERSION_CLASSES_MAX);
        // Of the exceptions that Main names the verifier wants to know what they are.
        assertEquals(List.of(), named(loaded, "CommandLine$Model", "CommandLine$Interpreter"));
    }

    static Stream<List<String>> commands() {
        if (!Boolean.getBoolean("pirn.long")) return Stream.empty(); // The launcher builds, for a minute.
        return Stream.of(List.of("--version"), List.of("img", "--help"), List.of("img", "info", "IMAGE"),
                List.of("img", "info", "--output=json", "IMAGE"), List.of("img", "check", "IMAGE"),
                List.of("img", "map", "IMAGE"), List.of("img", "snapshot", "-l", "IMAGE"));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("commands")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void theLauncherHasAllClassesInItsCache(List<String> arguments) throws Exception {
        build();
        String image = image();
        var command = new ArrayList<>(List.of("env", "PIRN_JAVA_OPTS=" + logging(), LAUNCHER.toString()));
        arguments.forEach(each -> command.add(each.equals("IMAGE") ? image : each));
        var loaded = loaded(command);
        assertEquals(List.of(), loaded.stream().filter(each -> !each.isCached() && !each.isMade()).toList());
    }

    private static void build() throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(LAUNCHER.toString(), "--version").inheritIO().start().waitFor());
    }
}
