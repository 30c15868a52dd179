package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Code that was not written for us does the same woven: the parser of JavaParser, a thousand methods that may
 * reach its reader, generated ones among them, reads this project's own sources, and damaged ones.
 */
class LibraryTest {
    private static final int DOCUMENTS = Boolean.getBoolean("pirn.long") ? 10_000 : 30;
    private static Library library;

    @BeforeAll
    static void make() throws IOException {
        library = Library.make();
    }

    @Test
    void hundredsOfItsMethodsAreMarked() {
        assertTrue(library.markedCount > 500, () -> library.markedCount + " methods");
    }

    @Test
    void whatIsWovenPassesTheVerifier() {
        assertEquals(List.of(), Verified.problems(library.woven));
    }

    @Test
    void wholeDocuments() throws Exception {
        check(documents());
    }

    @Test
    void damagedDocuments() throws Exception {
        var damaged = new ArrayList<String>();
        var random = new Random(1);
        for (String each : documents()) {
            int at = random.nextInt(each.length());
            int end = Math.min(each.length(), at + 1 + random.nextInt(9));
            damaged.add(each.substring(0, at) + each.substring(end));
        }
        check(damaged);
    }

    private static void check(List<String> documents) throws Exception {
        ClassLoader plain = library.loader(Mode.THREAD);
        ClassLoader woven = library.loader(Mode.PURE);
        for (int i = 0; i < documents.size(); i++) {
            String text = documents.get(i);
            String expected = Library.parse(plain, Mode.THREAD, text, i);
            assertEquals(expected, Library.parse(woven, Mode.PURE, text, i));
            assertEquals(expected, Library.parse(woven, Mode.HYBRID, text, i));
        }
    }

    private static List<String> documents() throws IOException {
        var documents = new ArrayList<String>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            List<Path> sources = files.filter(each -> each.toString().endsWith(".java"))
                    .filter(each -> !each.toString().contains("target")).sorted().toList();
            int step = Math.max(1, sources.size() / DOCUMENTS);
            for (int i = 0; i < sources.size(); i += step) documents.add(Files.readString(sources.get(i)));
        }
        return documents;
    }
}
