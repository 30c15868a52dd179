package dev.pirn;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes coroutines for people. */
final class Dump {
    /** Of those with the same stack, how many are named. */
    private static final int NAMED_MAX = 20;

    private static final Comparator<CoroutineInfo> USEFUL_FIRST = Comparator
            .comparing((CoroutineInfo each) -> rank(each.state()))
            .thenComparing(CoroutineInfo::since, Comparator.reverseOrder())
            .thenComparing(CoroutineInfo::id);

    private Dump() { }

    private static int rank(Coroutine.State state) {
        return switch (state) {
            case RUNNING -> 0; // It holds up its thread, perhaps.
            case ENTERED_ANOTHER -> 1;
            case SUSPENDED -> 2;
            case SCHEDULED -> 3;
            case NEW, DONE -> 4;
        };
    }

    static String text(Sighting now) {
        List<CoroutineInfo> live = now.live();
        List<CoroutineInfo> lost = now.lost();
        var text = new StringBuilder();
        text.append("Coroutines: ").append(live.size()).append(" live, ").append(now.lostCount())
                .append(" lost\n");
        if (!Registry.tracking) text.append("Not tracked: start with -Dpirn.track=true\n");
        for (String each : now.deadlocks()) text.append("\nDeadlock: ").append(each).append('\n');
        if (!lost.isEmpty()) text.append("\nLost: suspended, and nothing can enter them any more\n");
        for (CoroutineInfo each : lost) {
            text.append(headline(each).replace(" suspended ", " was suspended ")).append('\n');
            creation(text, each);
        }
        Map<List<Object>, List<CoroutineInfo>> groups = new LinkedHashMap<>();
        live.stream().sorted(USEFUL_FIRST).forEach(each -> groups
                .computeIfAbsent(List.of(each.state(), each.stack(), each.createdAt()),
                        key -> new ArrayList<>())
                .add(each));
        groups.values().forEach(group -> group(text, group));
        return text.toString();
    }

    /** Those that stand at the same place, then the place. */
    private static void group(StringBuilder text, List<CoroutineInfo> group) {
        text.append('\n');
        int shown = Math.min(group.size(), NAMED_MAX);
        int width = group.stream().limit(shown).mapToInt(each -> title(each).length()).max().orElse(0);
        for (CoroutineInfo each : group.subList(0, shown)) {
            text.append(pad(title(each), width)).append(details(each)).append('\n');
        }
        if (shown < group.size()) {
            text.append("… and ").append(group.size() - shown).append(" more at the same place\n");
        }
        CoroutineInfo first = group.getFirst();
        frames(text, first.stack());
        creation(text, first);
    }

    private static void creation(StringBuilder text, CoroutineInfo info) {
        if (info.createdAt().isEmpty()) return;
        text.append("  created\n");
        frames(text, info.createdAt());
    }

    private static void frames(StringBuilder text, List<StackTraceElement> frames) {
        for (StackTraceElement each : frames) text.append("    at ").append(Frames.text(each)).append('\n');
    }

    private static String headline(CoroutineInfo info) {
        return title(info) + details(info);
    }

    private static String title(CoroutineInfo info) {
        return info.name() == null ? "#" + info.id() : '"' + info.name() + "\" #" + info.id();
    }

    private static String details(CoroutineInfo info) {
        var text = new StringBuilder("  ").append(text(info.state()));
        text.append(' ').append(text(info.since()));
        if (info.waitsFor() != null) text.append(", waits for ").append(info.waitsFor());
        if (info.thread() != null) text.append(", in thread \"").append(info.thread()).append('"');
        if (info.caller() != null) text.append(", entered by ").append(info.caller());
        if (info.home() != null) text.append(", home \"").append(info.home()).append('"');
        text.append(", made ").append(text(info.age())).append(" ago");
        if (info.backend() != Coroutine.backend()) text.append(", backend ").append(info.backend());
        return text.toString();
    }

    private static String text(Coroutine.State state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** In the largest unit that leaves two digits or more to read. */
    static String text(Duration duration) {
        long nanos = duration.toNanos();
        if (nanos < 1_000) return nanos + " ns";
        if (nanos < 1_000_000) return nanos / 1_000 + " µs";
        if (nanos < 1_000_000_000) return nanos / 1_000_000 + " ms";
        if (nanos < 120_000_000_000L) {
            return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
        }
        if (duration.toHours() < 3) return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
        return duration.toHours() + " h " + duration.toMinutesPart() + " min";
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    /** What the log says of one that was lost. */
    static String lost(Registry.Lost lost) {
        Tag tag = lost.tag();
        List<StackTraceElement> places = Frames.ofCreation(tag.createdAt);
        return "coroutine " + tag.who() + " is lost: it was suspended in "
                + (tag.home() == null ? "no home" : "home \"" + tag.home() + '"')
                + ", and nothing can enter it any more; its finally blocks will not run. Keep it where its "
                + "wake can find it, or cancel it. "
                + (places.isEmpty() ? "-Dpirn.track=places tells where it was made"
                        : "Made at " + Frames.text(places.getFirst()));
    }
}
