package dev.pirn.block.filter;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the rules of a {@link FaultSpec}.
 *
 * <pre>
 *   text ──";"──▶ rules ──","──▶ words, each KEY=VALUE with the place where it stands ──▶ FaultRule
 * </pre>
 */
final class FaultParser {
    private static final int RULES_MAX = 64;
    private static final long DELAY_SECONDS_MAX = 3600;
    private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(us|ms|s)");
    private static final Pattern RATE = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,17})?)(%?)");
    private static final Pattern RANGE = Pattern.compile("(\\d{1,19})([kKMGT]?)-(?:(\\d{1,19})([kKMGT]?))?");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
    private static final List<String> KEYS = List.of("error", "short", "delay", "jitter", "op", "offset",
            "nth", "every", "rate", "seed", "count");

    /** A value, and at which character it begins, counted from 1. */
    private record Word(String value, int at) {
        IllegalArgumentException refused(String rule) {
            return FaultParser.refused(at, rule, value);
        }
    }

    /** A range of the disk. */
    private record Range(long start, long end) {
        static final Range ALL = new Range(0, Long.MAX_VALUE);
    }

    private final String text;
    private final int at;
    private final Map<String, Word> words = new HashMap<>();

    private FaultParser(String text, int at) {
        this.text = text;
        this.at = at;
    }

    static List<FaultRule> parse(String text) {
        var rules = new ArrayList<FaultRule>();
        int at = 0;
        for (String each : text.split(";", -1)) {
            if (rules.size() == RULES_MAX) throw refused(at + 1, "at most " + RULES_MAX + " rules", each);
            rules.add(new FaultParser(each, at).rule());
            at += each.length() + 1;
        }
        return rules;
    }

    private static IllegalArgumentException refused(int at, String rule, String value) {
        return new IllegalArgumentException("at character " + at + ": " + rule + ": "
                + (value.isEmpty() ? "nothing" : value));
    }

    private FaultRule rule() {
        split();
        FaultError error = error("error");
        FaultError partly = error("short");
        if (error != null && partly != null) throw words.get("short").refused("either error or short");
        long delay = nanos("delay");
        if (error == null && partly == null && delay == 0) {
            throw refused(at + 1, "a rule says error=, short= or delay=", text);
        }
        if (delay == 0 && words.containsKey("jitter")) {
            throw words.get("jitter").refused("jitter needs delay=");
        }
        long nth = number("nth", 1, 0);
        long every = number("every", 1, 1);
        double rate = rate();
        var choices = new TreeSet<>(Set.of("nth", "every", "rate"));
        choices.retainAll(words.keySet());
        if (choices.size() > 1) {
            throw words.get(choices.last()).refused("one of nth, every and rate, not " + String.join(" and ",
                    choices));
        }
        Range range = range();
        Set<FaultOperation> operations = operations(partly != null);
        return new FaultRule(text, operations, range.start, range.end, nth, every, rate,
                number("count", 1, Long.MAX_VALUE), number("seed", 0, 0), delay, nanos("jitter"),
                error == null ? partly : error, partly != null);
    }

    private void split() {
        int start = at + 1;
        for (String each : text.split(",", -1)) {
            int equals = each.indexOf('=');
            String key = equals < 0 ? each : each.substring(0, equals);
            if (!KEYS.contains(key)) throw refused(start, "a key is one of " + String.join(", ", KEYS), key);
            if (equals < 0) throw refused(start + each.length(), "= behind " + key, "");
            var word = new Word(each.substring(equals + 1), start + equals + 1);
            if (words.putIfAbsent(key, word) != null) throw refused(start, "given twice in one rule", key);
            start += each.length() + 1;
        }
    }

    private FaultError error(String key) {
        Word word = words.get(key);
        if (word == null) return null;
        for (FaultError each : FaultError.values()) {
            if (each.name().equals(word.value)) return each;
        }
        throw word.refused(key + " is EIO, ENOSPC, EPERM, ENOMEM, EINVAL or ESHUTDOWN");
    }

    private long nanos(String key) {
        Word word = words.get(key);
        if (word == null) return 0;
        Matcher time = TIME.matcher(word.value);
        if (!time.matches()) throw word.refused(key + " is a time, such as 300us, 20ms or 1.5s");
        double unit = switch (time.group(2)) {
            case "us" -> 1e3;
            case "ms" -> 1e6;
            default -> 1e9;
        };
        double nanos = Double.parseDouble(time.group(1)) * unit;
        if (nanos < 1 || nanos > TimeUnit.SECONDS.toNanos(DELAY_SECONDS_MAX)) {
            throw word.refused(key + " is more than 0 and at most " + DELAY_SECONDS_MAX + "s");
        }
        return (long) nanos;
    }

    private long number(String key, long least, long otherwise) {
        Word word = words.get(key);
        if (word == null) return otherwise;
        if (!NUMBER.matcher(word.value).matches() || Long.parseLong(word.value) < least) {
            throw word.refused(key + " is a number from " + least + " on");
        }
        return Long.parseLong(word.value);
    }

    private double rate() {
        Word word = words.get("rate");
        if (word == null) return 1;
        Matcher rate = RATE.matcher(word.value);
        double value = rate.matches()
                ? Double.parseDouble(rate.group(1)) / (rate.group(2).isEmpty() ? 1 : 100) : 0;
        if (value > 0 && value <= 1) return value;
        throw word.refused("rate is more than 0 and at most 1, or a percentage such as 10%");
    }

    private Range range() {
        Word word = words.get("offset");
        if (word == null) return Range.ALL;
        Matcher range = RANGE.matcher(word.value);
        if (!range.matches()) throw word.refused("offset is A-B or A-, in bytes or with k, M, G or T");
        long start = bytes(word, range.group(1), range.group(2));
        long end = range.group(3) == null ? Long.MAX_VALUE : bytes(word, range.group(3), range.group(4));
        if (start >= end) throw word.refused("offset begins before it ends");
        return new Range(start, end);
    }

    private static long bytes(Word word, String number, String unit) {
        int shift = unit.isEmpty() ? 0 : 10 * (1 + "KMGT".indexOf(unit.equals("k") ? "K" : unit));
        try {
            return Math.multiplyExact(Long.parseLong(number), 1L << shift);
        } catch (ArithmeticException | NumberFormatException e) {
            throw word.refused("offset is less than 8 EiB");
        }
    }

    private Set<FaultOperation> operations(boolean partly) {
        Word word = words.getOrDefault("op", new Word("any", 0));
        var all = EnumSet.noneOf(FaultOperation.class);
        for (String each : word.value.split("\\+", -1)) {
            Set<FaultOperation> some = FaultOperation.of(each);
            if (some.isEmpty()) {
                throw word.refused("op is any, read, write, zero, discard, flush, extents or prefetch, or "
                        + "several with + between");
            }
            all.addAll(some);
        }
        if (partly && all.stream().noneMatch(FaultOperation::hasParts)) {
            throw word.refused("short is of requests that have parts");
        }
        if (words.containsKey("offset") && all.stream().noneMatch(each -> each.hasRange)) {
            throw words.get("offset").refused("flush has no offset");
        }
        return all;
    }
}
