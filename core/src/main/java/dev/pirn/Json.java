package dev.pirn;

import java.util.List;

/** Writes coroutines for programs. */
final class Json {
    private final StringBuilder text = new StringBuilder();

    private Json() { }

    static String dump(Sighting now) {
        var json = new Json();
        json.text.append("{\"tracking\":").append(Registry.tracking);
        json.text.append(",\"lostCount\":").append(now.lostCount());
        json.strings("deadlocks", now.deadlocks());
        json.list("lost", now.lost());
        json.list("live", now.live());
        return json.text.append("}\n").toString();
    }

    private void list(String name, List<CoroutineInfo> all) {
        text.append(",\"").append(name).append("\":[");
        String between = "\n";
        for (CoroutineInfo each : all) {
            text.append(between);
            info(each);
            between = ",\n";
        }
        text.append(']');
    }

    private void info(CoroutineInfo info) {
        text.append("{\"id\":").append(info.id());
        string("name", info.name());
        string("state", info.state().name());
        string("backend", info.backend().toString());
        string("home", info.home());
        string("caller", info.caller());
        string("waitsFor", info.waitsFor());
        string("thread", info.thread());
        text.append(",\"ageNanos\":").append(info.age().toNanos());
        text.append(",\"sinceNanos\":").append(info.since().toNanos());
        frames("stack", info.stack());
        frames("createdAt", info.createdAt());
        text.append('}');
    }

    private void string(String name, String value) {
        text.append(",\"").append(name).append("\":");
        if (value == null) text.append("null"); else quote(value);
    }

    private void frames(String name, List<StackTraceElement> frames) {
        strings(name, frames.stream().map(Frames::text).toList());
    }

    private void strings(String name, List<String> values) {
        text.append(",\"").append(name).append("\":[");
        String between = "";
        for (String each : values) {
            text.append(between);
            quote(each);
            between = ",";
        }
        text.append(']');
    }

    /** A name may hold anything, half a surrogate pair too, which no encoding can carry. */
    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\\' -> text.append('\\').append(c);
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || c >= 0x7f && c < 0xa0 || Character.isSurrogate(c) || c == '\u2028'
                            || c == '\u2029') {
                        text.append("\\u%04x".formatted((int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
