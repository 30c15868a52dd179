import dev.pirn.CoroutineFn;
import dev.pirn.Wrap;

/**
 * A tokenizer and a parser, each written as if it were the main program; values go both ways between them.
 *
 * <p>The parser says what it did with the last token, the tokenizer hands over the next one, or the same.
 */
public class Calculator {
    enum Last { TAKEN, LEFT }

    static Wrap<Last, String> tokens(String text) {
        return Wrap.of("tokens of " + text, (parser, first) -> {
            int at = 0;
            while (at < text.length()) {
                int start = at++;
                if (Character.isDigit(text.charAt(start))) {
                    while (at < text.length() && Character.isDigit(text.charAt(at))) at++;
                }
                hand(text.substring(start, at), parser);
            }
            while (true) hand("end", parser);
        });
    }

    @CoroutineFn
    static void hand(String token, Wrap<Last, String> parser) {
        if (token.isBlank()) return;
        while (parser.yield(token) == Last.LEFT) { }           // a yield below another call
    }

    static int sum(Wrap<Last, String> tokens) {
        int sum = product(tokens);
        for (String next = tokens.resume(Last.LEFT); "+-".contains(next); next = tokens.resume(Last.LEFT)) {
            int right = product(tokens);
            sum += next.equals("+") ? right : -right;
        }
        return sum;
    }

    static int product(Wrap<Last, String> tokens) {
        int product = factor(tokens);
        while (tokens.resume(Last.TAKEN).equals("*")) product *= factor(tokens);
        return product;                                        // the token behind it is left to the caller
    }

    static int factor(Wrap<Last, String> tokens) {
        String token = tokens.resume(Last.TAKEN);
        return token.equals("(") ? sum(tokens) : Integer.parseInt(token);
    }

    public static void main(String[] arguments) {
        for (String text : new String[] {"42", "2 + 3 * 4", "(2 + 3) * (10 - 6)"}) {
            try (var tokens = tokens(text)) {
                System.out.println(text + " = " + sum(tokens));
            }
        }
    }
}
