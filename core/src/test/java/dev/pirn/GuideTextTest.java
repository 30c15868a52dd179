package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a reader pastes has been run: each block of Java in docs/guide is a region of {@link GuideTest}. */
class GuideTextTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide");
    private static final Path TESTS = Path.of("src", "test", "java", "dev", "pirn");
    /** The weaver's CheckingGuideTest and the simulator's GuideTest have these. */
    private static final Set<String> ELSEWHERE = Set.of("checking.md", "simulator.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\n(.*?)^```$");
    private static final Pattern REGION = Pattern.compile("(?ms)^ *// guide: [^\n]*\n(.*?)^ *// end$");
    private static final Pattern MESSAGE = Pattern.compile("(?m)^\\| `([^`]*… [^`]*|Co-routine[^`]*)` \\|");

    @Test
    void eachBlockIsARegionAndEachRegionABlock() throws IOException {
        var blocks = new TreeSet<String>();
        try (Stream<Path> pages = Files.list(GUIDE)) {
            for (Path page : pages.filter(path -> path.toString().endsWith(".md")).toList()) {
                if (!ELSEWHERE.contains(page.getFileName().toString())) blocks.addAll(all(BLOCK, page));
            }
        }
        var regions = new ArrayList<String>();
        for (String file : List.of("GuideTest.java", "GuideSeeingTest.java", "GuideWovenTest.java",
                "GuideWaitingTest.java", "GuideLoopTest.java", "lock/GuideLocksTest.java")) {
            regions.addAll(all(REGION, TESTS.resolve(file)));
        }
        assertFalse(regions.isEmpty());
        assertEquals(String.join("\n----\n", new TreeSet<>(regions)), String.join("\n----\n", blocks));
    }

    private static List<String> all(Pattern pattern, Path file) throws IOException {
        // Without the last newline: stripIndent would take what follows it for a line without indentation.
        return pattern.matcher(Files.readString(file)).results()
                .map(found -> found.group(1).stripTrailing().stripIndent()).toList();
    }

    /** The guide's table of errors, held against the errors. */
    @Test
    void eachMessageIsOneThatIsThrown() throws IOException {
        List<String> quoted = all(MESSAGE, GUIDE.resolve("coroutines.md"));
        assertEquals(11, quoted.size(), quoted.toString());
        List<String> thrown = messages();
        for (String message : quoted) {
            String regex = Stream.of(message.split("…", -1)).map(Pattern::quote)
                    .collect(Collectors.joining(".+", "(?s).*", ".*"));
            assertTrue(thrown.stream().anyMatch(each -> each.matches(regex)), message + " of " + thrown);
        }
    }

    private static List<String> messages() {
        var home = new ManualHome("h");
        var done = Coroutine.create("done", () -> { });
        done.enter();
        var scheduled = Coroutine.create("scheduled", () -> { });
        home.schedule(scheduled);
        var stubborn = Coroutine.create("stubborn", () -> {
            try {
                Coroutine.yield();
            } finally {
                Coroutine.yield();
            }
        });
        stubborn.enter();
        var silent = Generator.of(out -> Coroutine.yield());
        var nested = Generator.of(out -> Coroutine.create("inner", () -> out.yield(1)).enter());
        return messages(Coroutine::yield, done::enter, scheduled::enter, stubborn::cancel, silent::next,
                nested::next, Coroutine.create("lost", () -> { })::wake,
                inside(() -> Coroutine.self().enter()), inside(Initialiser::touch), () -> home.in(() ->
                        inside(() -> Coroutine.self().wake()).run()), inside(GuideTextTest::enterElsewhere));
    }

    private static Runnable inside(CoroutineEntry entry) {
        return Coroutine.create("a", entry)::enter;
    }

    private static void enterElsewhere() throws InterruptedException {
        Coroutine self = Coroutine.self();
        var seen = new ArrayList<RuntimeException>();
        var other = new Thread(() -> seen.add(assertThrows(IllegalStateException.class, self::enter)));
        other.start();
        other.join();
        throw seen.getFirst();
    }

    private static final class Initialiser {
        static final IllegalStateException REFUSAL = assertThrows(IllegalStateException.class,
                Coroutine::yield);

        static void touch() {
            throw REFUSAL;
        }
    }

    private static List<String> messages(Runnable... misuses) {
        return Stream.of(misuses).map(misuse -> assertThrows(IllegalStateException.class, misuse::run))
                .map(Throwable::getMessage).toList();
    }
}
