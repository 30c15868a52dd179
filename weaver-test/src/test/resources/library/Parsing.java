package library;

import com.github.javaparser.JavaParser;
import com.github.javaparser.ParseResult;
import com.github.javaparser.ParseStart;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.Provider;
import com.github.javaparser.ast.CompilationUnit;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.weavertest.Trace;
import java.util.Random;

/**
 * A parser whose input comes in pieces, each of which it waits for. Marked later, as the parser's classes
 * are.
 */
public class Parsing implements CoroutineEntry {
    private static final int PIECE_MAX = 64;

    private final String text;
    private final long seed;

    /** Of {@code text}, in pieces whose sizes are by {@code seed}. */
    public Parsing(String text, long seed) {
        this.text = text;
        this.seed = seed;
    }

    @Override
    public void run() {
        var level = ParserConfiguration.LanguageLevel.BLEEDING_EDGE;
        var configuration = new ParserConfiguration().setLanguageLevel(level)
                .setPreprocessUnicodeEscapes(true);
        ParseResult<CompilationUnit> parsed = new JavaParser(configuration)
                .parse(ParseStart.COMPILATION_UNIT, new Pieces(text, new Random(seed)));
        Trace.log(parsed.getResult().map(unit -> unit + "\n" + unit.getTokenRange()).orElse("nothing"));
        for (var each : parsed.getProblems()) Trace.log(each.getVerboseMessage());
        Trace.log(parsed.getCommentsCollection().map(all -> all.getComments().size()).orElse(-1));
    }

    private static final class Pieces implements Provider {
        private final String text;
        private final Random random;
        private int at;

        Pieces(String text, Random random) {
            this.text = text;
            this.random = random;
        }

        @Override
        public int read(char[] buffer, int offset, int length) {
            Coroutine.yield();
            if (at == text.length()) return -1;
            int piece = Math.min(Math.min(1 + random.nextInt(PIECE_MAX), length), text.length() - at);
            text.getChars(at, at + piece, buffer, offset);
            at += piece;
            return piece;
        }

        @Override
        public void close() { }
    }
}
