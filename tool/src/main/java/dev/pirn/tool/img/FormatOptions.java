package dev.pirn.tool.img;

import dev.pirn.block.Preallocation;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code -o} says of an image that is made or changed: {@code NAME=VALUE,…}, a comma doubled. */
final class FormatOptions {
    static final String BACKING = "backing_file";
    static final String BACKING_FORMAT = "backing_fmt";
    private static final String HELP = "help";

    private static final Map<String, String> RAW = Map.of(
            "preallocation", "off, falloc or full",
            "size", "bytes of the disk",
            "extent_size_hint", "accepted, and left to the file system",
            "nocow", "accepted, and left to the file system");

    private final Format format;
    private final Map<String, String> given = new LinkedHashMap<>();
    private boolean help;

    private FormatOptions(Format format) {
        this.format = format;
    }

    /** Reads the arguments of all {@code -o}; what comes later counts. */
    static FormatOptions parse(Format format, List<String> arguments) throws Failure {
        var options = new FormatOptions(format);
        for (String argument : arguments) {
            for (String each : split(argument)) options.add(each);
        }
        return options;
    }

    private static List<String> split(String argument) {
        var parts = new ArrayList<String>();
        var part = new StringBuilder();
        for (int i = 0; i < argument.length(); i++) {
            char c = argument.charAt(i);
            boolean doubled = c == ',' && i + 1 < argument.length() && argument.charAt(i + 1) == ',';
            if (doubled) i++;
            if (c != ',' || doubled) {
                part.append(c);
            } else {
                parts.add(part.toString());
                part.setLength(0);
            }
        }
        parts.add(part.toString());
        return parts;
    }

    private void add(String option) throws Failure {
        if (option.equals(HELP) || option.equals("?")) {
            help = true;
            return;
        }
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        if (name.isEmpty()) return;
        if (format == Format.raw && name.startsWith("backing_")) {
            throw Failure.of("raw images have no backing file", option);
        }
        if (!known().containsKey(name)) {
            throw usage("no option of " + format, name).hint("-o help lists them");
        }
        given.put(name, equals < 0 ? "on" : option.substring(equals + 1));
    }

    private Map<String, String> known() {
        return format == Format.raw ? RAW : Qcow2.OPTIONS;
    }

    /** Adds what {@code -b} and {@code -F} say. */
    FormatOptions withBacking(String name, Format itsFormat) throws Failure {
        if (name != null) add(BACKING + "=" + name);
        if (itsFormat != null) add(BACKING_FORMAT + "=" + itsFormat);
        if (has(BACKING) && !has(BACKING_FORMAT)) {
            throw Failure.of("a backing file needs its format", given.get(BACKING))
                    .hint("-F raw or -F qcow2");
        }
        return this;
    }

    /** The backing file's format; null if nobody says. */
    Format backingFormat() throws Failure {
        return Names.format(given.get(BACKING_FORMAT));
    }

    static Failure usage(String rule, Object values) {
        return Failure.of(rule, values).withCode(Main.USAGE);
    }

    /** Whether {@code help} was among them: then nothing is to be done but to print {@link #helpText}. */
    boolean asksForHelp() {
        return help;
    }

    String helpText() {
        return helpText(known().keySet());
    }

    /** The same, of those {@code names} alone. */
    String helpText(Set<String> names) {
        var text = new StringBuilder("Options of ").append(format).append(":\n");
        known().forEach((name, what) -> {
            if (names.contains(name)) text.append("  %s=… - %s%n".formatted(name, what));
        });
        return text.toString();
    }

    /** True if {@code -o} says something about it. */
    boolean has(String name) {
        return given.containsKey(name);
    }

    /** Those that were given, by name, in their order. */
    Map<String, String> all() {
        return given;
    }

    String text(String name, String otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    /** A number of bytes. */
    long bytes(String name, long otherwise) throws Failure {
        String value = given.get(name);
        if (value == null) return otherwise;
        try {
            return Sizes.parse(value);
        } catch (IllegalArgumentException e) {
            throw usage("-o " + name, e.getMessage());
        }
    }

    boolean truth(String name, boolean otherwise) throws Failure {
        String value = given.get(name);
        if (value == null) return otherwise;
        return switch (value) {
            case "on", "yes", "true", "y" -> true;
            case "off", "no", "false", "n" -> false;
            default -> throw usage("-o " + name + " is on or off", value);
        };
    }

    Preallocation preallocation() throws Failure {
        String value = text("preallocation", "off");
        for (Preallocation each : Preallocation.values()) {
            boolean known = format != Format.raw || each != Preallocation.METADATA;
            if (known && each.name().equalsIgnoreCase(value)) return each;
        }
        throw usage("-o preallocation is " + known().get("preallocation"), value);
    }
}
