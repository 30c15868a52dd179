package dev.pirn.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Who ran when, from the Flight Recorder events of {@code dev.pirn}.
 *
 * <p>A recording may begin and end anywhere: a run of which it has only the end is drawn from its begin, and
 * one of which it has only the beginning to its end.
 */
final class Timeline {
    /** More than these would not be a picture any more, nor fit the browser. */
    static final int EVENTS_MAX = 2_000_000;

    private static final String PREFIX = "dev.pirn.Coroutine";

    /** Numbers the different ones in the order they come. */
    static final class Numbering<T> {
        private final Map<T, Integer> numbers = new LinkedHashMap<>();

        int of(T value) {
            return numbers.computeIfAbsent(value, key -> numbers.size());
        }

        List<T> all() {
            return List.copyOf(numbers.keySet());
        }
    }

    /** Where a run was: numbers of a thread and a home. */
    record Place(int thread, int home) { }

    /** Longs that are written one after another. */
    static final class Longs {
        private long[] values = new long[8];
        private int count;

        void add(long... more) {
            if (count + more.length > values.length) values = Arrays.copyOf(values, values.length * 2);
            for (long each : more) values[count++] = each;
        }

        /** What was written, as it stands in lists of JSON. */
        String text() {
            var text = new StringBuilder();
            for (int i = 0; i < count; i++) text.append(i == 0 ? "" : ",").append(values[i]);
            return text.toString();
        }

        int count() {
            return count;
        }
    }

    /** A coroutine. Times are nanoseconds from the recording's first event. */
    static final class Lane {
        /** As {@code running}: it does not run. */
        private static final long NOT = -1;

        final long id;
        String name;
        String backend;
        String made;
        String outcome;
        long first;
        long ended = -1;
        /** Start, length, place and enterer of each run. */
        final Longs runs = new Longs();
        /** Time, scheduler and home of each schedule. */
        final Longs schedules = new Longs();

        private long running = NOT;
        private int place;
        private long enterer;
        private boolean seen;

        Lane(long id, long first) {
            this.id = id;
            this.first = first;
        }

        private void enter(long at, int place, long enterer) {
            if (isRunning()) leave(at); // Its yield was lost.
            running = at;
            this.place = place;
            this.enterer = enterer;
            first = Math.min(first, at);
            seen = true;
        }

        private void leave(long at) {
            runs.add(running, at - running, place, enterer);
            running = NOT;
        }

        private boolean isRunning() {
            return running != NOT;
        }

        int runCount() {
            return runs.count() / 4;
        }
    }

    final Numbering<String> threads = new Numbering<>();
    final Numbering<String> homes = new Numbering<>();
    final Numbering<String> schedulers = new Numbering<>();
    final Numbering<Place> places = new Numbering<>();
    private final Map<Long, Lane> lanes = new LinkedHashMap<>();
    private Instant from;
    private long length;
    private boolean cut;

    private Timeline() { }

    /** Reads a recording; without events of ours it has no lanes. */
    static Timeline read(Path recording) throws IOException {
        var timeline = new Timeline();
        var events = new ArrayList<RecordedEvent>();
        try (var file = new RecordingFile(recording)) {
            while (file.hasMoreEvents() && !timeline.cut) {
                RecordedEvent event = file.readEvent();
                if (!event.getEventType().getName().startsWith(PREFIX)) continue;
                if (events.size() == EVENTS_MAX) timeline.cut = true; else events.add(event);
            }
        }
        // The file has them by thread; those of one moment in the order they were written in.
        events.sort(Comparator.comparing(RecordedEvent::getStartTime));
        if (events.isEmpty()) return timeline;
        timeline.from = events.getFirst().getStartTime();
        timeline.length = timeline.time(events.getLast());
        for (RecordedEvent each : events) timeline.add(each);
        for (Lane lane : timeline.lanes.values()) {
            if (lane.isRunning()) lane.leave(timeline.length);
        }
        return timeline;
    }

    private long time(RecordedEvent event) {
        return Duration.between(from, event.getStartTime()).toNanos();
    }

    private void add(RecordedEvent event) {
        long at = time(event);
        Lane lane = lanes.computeIfAbsent(event.getLong("coroutine"), id -> new Lane(id, at));
        lane.name = event.getString("name");
        switch (event.getEventType().getName().substring(PREFIX.length())) {
            case "Create" -> {
                lane.seen = true;
                lane.backend = event.getString("backend");
                lane.made = made(event);
            }
            case "Enter" -> lane.enter(at, place(event, event.getString("home")), event.getLong("enterer"));
            case "Yield" -> left(lane, at, event);
            case "Terminate" -> {
                left(lane, at, event);
                lane.ended = at;
                lane.outcome = event.getString("outcome");
            }
            case "Schedule" -> lane.schedules.add(at, schedulers.of(event.getString("scheduler")),
                    homes.of(home(event.getString("home"))));
            default -> { } // Of a later version.
        }
    }

    private void left(Lane lane, long at, RecordedEvent event) {
        if (!lane.seen) lane.enter(0, place(event, null), 0); // Before the recording began.
        if (lane.isRunning()) lane.leave(at); // Else it never ran: it was cancelled.
    }

    private int place(RecordedEvent event, String home) {
        RecordedThread thread = event.getThread();
        String name = thread == null ? "unknown" : thread.getJavaName();
        if (name == null || name.isEmpty()) name = thread.getOSName();
        if (thread != null && thread.isVirtual()) name = "virtual " + thread.getJavaThreadId();
        return places.of(new Place(threads.of(name), homes.of(home(home))));
    }

    private static String home(String name) {
        return name == null ? "no home" : name;
    }

    /** The first frame outside of dev.pirn's core, or null. */
    private static String made(RecordedEvent event) {
        if (event.getStackTrace() == null) return null;
        for (RecordedFrame frame : event.getStackTrace().getFrames()) {
            String type = frame.getMethod().getType().getName();
            if (type.matches("dev\\.pirn\\.(aio\\.)?[A-Z].*") && !type.endsWith("Test")) continue;
            return type + "." + frame.getMethod().getName() + ":" + frame.getLineNumber();
        }
        return null;
    }

    /** The coroutines, in the order in which they are first seen. */
    List<Lane> lanes() {
        return List.copyOf(lanes.values());
    }

    /** When it begins. */
    Instant from() {
        return from;
    }

    /** How long it is, in nanoseconds. */
    long length() {
        return length;
    }

    /** True if there were more than {@link #EVENTS_MAX} events. */
    boolean isCut() {
        return cut;
    }
}
