package dev.pirn.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What of the JDK stops the thread that calls it: the table {@code blocking.txt}. */
final class BlockingCalls {
    private static final BlockingCalls TABLE = read();

    /**
     * A line of the table.
     *
     * @param owner internal name
     * @param below whether classes below the owner are meant, too
     * @param parameters simple names of their types, or null for any
     * @param cure what to call instead
     */
    private record Entry(String owner, boolean below, List<String> parameters, String cure) { }

    private final Map<String, List<Entry>> byName = new HashMap<>();
    private final Map<String, List<Entry>> byStart = new HashMap<>();

    private BlockingCalls() { }

    /** What to call instead of {@code call}, or null if it does not block as far as we know. */
    static String cure(Call call, ClassPath classes) {
        MethodRef target = call.target();
        String name = target.name();
        for (Entry each : TABLE.byName.getOrDefault(name, List.of())) {
            if (matches(each, call, classes)) return each.cure;
        }
        for (var start : TABLE.byStart.entrySet()) {
            if (!name.startsWith(start.getKey())) continue;
            for (Entry each : start.getValue()) {
                if (matches(each, call, classes)) return each.cure;
            }
        }
        return null;
    }

    private static boolean matches(Entry entry, Call call, ClassPath classes) {
        MethodRef target = call.target();
        boolean field = call.kind() == Call.Kind.FIELD;
        if (field ? !target.owner().equals("java/lang/System") : isOtherOverload(entry, target)) return false;
        if (entry.owner.equals(target.owner())) return true;
        if (!entry.below || target.isConstructor()) return false;
        if (entry.owner.equals("java/lang/Object")) return true; // Also of arrays, and of what is not there.
        return classes.upwards(target.owner()).stream()
                .anyMatch(each -> each.thisClass().asInternalName().equals(entry.owner));
    }

    private static boolean isOtherOverload(Entry entry, MethodRef target) {
        if (entry.parameters == null) return false;
        var types = MethodTypeDesc.ofDescriptor(target.descriptor()).parameterList();
        return !types.stream().map(ClassDesc::displayName).toList().equals(entry.parameters);
    }

    private static BlockingCalls read() {
        var table = new BlockingCalls();
        try (InputStream in = BlockingCalls.class.getResourceAsStream("blocking.txt")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(each -> !each.isBlank() && !each.startsWith("#")).forEach(table::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    private void add(String line) {
        String[] columns = line.split("\\|", 2);
        String what = columns[0].strip();
        boolean below = !what.startsWith("=");
        if (!below) what = what.substring(1);
        int open = what.indexOf('(');
        List<String> parameters = open < 0 ? null
                : List.of(what.substring(open + 1, what.length() - 1).split(","));
        if (open >= 0) what = what.substring(0, open);
        int dot = what.lastIndexOf('.');
        String name = what.substring(dot + 1);
        var entry = new Entry(what.substring(0, dot).replace('.', '/'), below, parameters,
                columns[1].strip());
        boolean start = name.endsWith("*");
        if (start) name = name.substring(0, name.length() - 1);
        (start ? byStart : byName).computeIfAbsent(name, _ -> new ArrayList<>()).add(entry);
    }
}
