package dev.pirn.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a {@link Timeline} as one page of HTML that needs nothing else. */
final class TimelinePage {
    private static final Pattern HOLE = Pattern.compile("\\$\\{(\\w+)}");

    private final Timeline timeline;
    private final String title;

    TimelinePage(Timeline timeline, String title) {
        this.timeline = timeline;
        this.title = title;
    }

    void write(Writer to) throws IOException {
        String page = resource("timeline.html");
        Matcher hole = HOLE.matcher(page);
        int written = 0;
        while (hole.find()) {
            to.append(page, written, hole.start());
            switch (hole.group(1)) {
                case "title" -> to.append(escape(title));
                case "style" -> to.append(resource("timeline.css"));
                case "script" -> to.append(resource("timeline.js")).append(resource("timeline-controls.js"));
                case "data" -> data(to);
                default -> throw new IllegalStateException("timeline.html has an unknown ${"
                        + hole.group(1) + "}");
            }
            written = hole.end();
        }
        to.append(page, written, page.length());
    }

    private static String resource(String name) {
        try (InputStream in = TimelinePage.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void data(Writer to) throws IOException {
        to.append("{\"from\":").append(string(timeline.from().truncatedTo(ChronoUnit.MILLIS).toString()));
        to.append(",\"length\":").append(Long.toString(timeline.length()));
        to.append(",\"cut\":").append(timeline.isCut() ? Integer.toString(Timeline.EVENTS_MAX) : "0");
        strings(to, "threads", timeline.threads.all());
        strings(to, "homes", timeline.homes.all());
        strings(to, "schedulers", timeline.schedulers.all());
        to.append(",\"places\":[");
        String between = "";
        for (Timeline.Place each : timeline.places.all()) {
            to.append(between).append("{\"thread\":%d,\"home\":%d}".formatted(each.thread(), each.home()));
            between = ",";
        }
        to.append("],\"lanes\":[");
        between = "\n";
        for (Timeline.Lane each : timeline.lanes()) {
            to.append(between);
            lane(to, each);
            between = ",\n";
        }
        to.append("]}");
    }

    private static void lane(Writer to, Timeline.Lane lane) throws IOException {
        to.append("{\"id\":").append(Long.toString(lane.id));
        to.append(",\"name\":").append(string(lane.name));
        to.append(",\"backend\":").append(string(lane.backend));
        to.append(",\"place\":").append(string(lane.made));
        to.append(",\"outcome\":").append(string(lane.outcome));
        to.append(",\"first\":").append(Long.toString(lane.first));
        to.append(",\"ended\":").append(Long.toString(lane.ended));
        to.append(",\"runs\":[").append(lane.runs.text());
        to.append("],\"schedules\":[").append(lane.schedules.text()).append("]}");
    }

    private static void strings(Writer to, String name, List<String> all) throws IOException {
        to.append(",\"").append(name).append("\":[");
        to.append(String.join(",", all.stream().map(TimelinePage::string).toList())).append(']');
    }

    /** As JSON in a script element: no name can end it. */
    static String string(String value) {
        if (value == null) return "null";
        var text = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c >= 0x7f) {
                text.append("\\u%04x".formatted((int) c));
            } else {
                text.append(c);
            }
        }
        return text.append('"').toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
