package dev.pirn.tool;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line in one line of the form {@code rule: values}. */
final class Misuse {
    /** In a word that the user may have meant. */
    private static final int TYPING_ERRORS_MAX = 2;

    private Misuse() { }

    static String text(ParameterException e) {
        return switch (e) {
            case UnmatchedArgumentException unmatched -> unknown(unmatched);
            case MissingParameterException missing -> missing(missing);
            case OverwrittenOptionException twice -> "given twice: " + name(twice.getOverwritten());
            case MutuallyExclusiveArgsException both -> both.getMessage().replaceFirst("^Error: ", "");
            // A value that its option's type does not take. Without an option the message is our own.
            default -> e.getArgSpec() == null || e.getValue() == null ? e.getMessage()
                    : "%s takes %s: %s".formatted(name(e.getArgSpec()), kind(e.getArgSpec()), e.getValue());
        };
    }

    /** What the user may have meant, or null. */
    static String hint(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String given = unmatched.getUnmatched().getFirst();
            // Picocli's own idea of nearness offers check-coroutine for frobnicate.
            List<String> near = unmatched.getSuggestions().stream()
                    .filter(each -> distance(given, each) <= TYPING_ERRORS_MAX).toList();
            if (!near.isEmpty()) return "is it " + String.join(" or ", near) + "?";
        }
        boolean isValue = e.getArgSpec() != null && e.getValue() != null;
        if (isValue && (e.getArgSpec().type() == long.class || e.getArgSpec().type() == Long.class)) {
            return "a size is a number of bytes below 2^63, with a suffix k, M, G or T if you like";
        }
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        return hasVerbs(e) ? command + " --help lists the verbs" : null;
    }

    private static boolean hasVerbs(ParameterException e) {
        return !e.getCommandLine().getSubcommands().isEmpty();
    }

    private static String unknown(UnmatchedArgumentException e) {
        String first = e.getUnmatched().getFirst();
        if (e.isUnknownOption()) return "unknown option: " + first;
        return (hasVerbs(e) ? "unknown verb: " : "one argument too many: ") + first;
    }

    private static String missing(MissingParameterException e) {
        var names = new ArrayList<String>();
        for (ArgSpec each : e.getMissing()) {
            names.add(each.isOption() ? name(each) + " takes " + kind(each) : each.paramLabel());
        }
        return names.isEmpty() ? e.getMessage() : "missing: " + String.join(", ", names);
    }

    private static String name(ArgSpec arg) {
        return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
    }

    private static String kind(ArgSpec arg) {
        if (arg.type() == int.class || arg.type() == Integer.class) return "a number";
        if (arg.completionCandidates() == null) return arg.paramLabel();
        var words = new ArrayList<String>();
        arg.completionCandidates().forEach(words::add);
        return words.size() == 1 ? words.getFirst()
                : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }

    /** How many letters must be put in, taken out or changed to make one of the other (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) row[j] = j;
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j - 1], row[j]));
            }
        }
        return row[other.length()];
    }
}
