package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pirn.tool.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** The same verb of {@code pirn img}, in this JVM, and of qemu-img. */
final class Pirn {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Pirn() { }

    /** Runs {@code pirn img}. */
    static Run.Outcome img(String... arguments) {
        var all = new ArrayList<>(List.of("img"));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new));
    }

    /** Runs {@code pirn} with any verb, one that ends by itself. */
    static Run.Outcome run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Run.Outcome(code, out.toString(), err.toString());
    }

    /** Runs it, and fails unless it succeeds without a word on stderr; returns its stdout. */
    static String succeed(String... arguments) {
        Run.Outcome outcome = img(arguments);
        assertEquals("0 ", outcome.code() + " " + outcome.err(), () -> "pirn img " + List.of(arguments));
        return outcome.out();
    }

    static Run.Outcome qemuImg(String... arguments) throws InterruptedException {
        try (var run = Clients.start("qemu-img", arguments)) {
            return run.finish();
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    /** Fails unless both print the same on stdout, and end with the same code. */
    static void assertSame(String... arguments) throws InterruptedException {
        Run.Outcome theirs = qemuImg(arguments);
        Run.Outcome ours = img(arguments);
        assertEquals(theirs.code() + "\n" + theirs.out(), ours.code() + "\n" + ours.out(),
                () -> List.of(arguments) + "\n" + ours.err());
    }

    /** Fails unless both end with the same code; returns what ours says on stderr. */
    static String assertSameCode(int code, String... arguments) throws InterruptedException {
        Run.Outcome ours = img(arguments);
        assertEquals(code + " " + code, qemuImg(arguments).code() + " " + ours.code(),
                () -> List.of(arguments) + "\n" + ours.err());
        return ours.err();
    }
}
