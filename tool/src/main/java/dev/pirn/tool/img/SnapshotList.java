package dev.pirn.tool.img;

import dev.pirn.block.qcow2.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The snapshots of an image, with the keys and in the columns of QEMU 7.2. */
record SnapshotList(List<Snapshot> snapshots) {
    private static final String ROW = "%-9s %-16s %8s%20s%13s%11s\n";

    boolean isEmpty() {
        return snapshots.isEmpty();
    }

    List<Object> json() {
        var all = new ArrayList<>();
        for (Snapshot each : snapshots) all.add(json(each));
        return all;
    }

    private static Map<String, Object> json(Snapshot snapshot) {
        Duration clock = Duration.ofNanos(snapshot.vmClockNanos());
        var json = new LinkedHashMap<String, Object>();
        if (snapshot.icount() != Snapshot.NO_ICOUNT) json.put("icount", snapshot.icount());
        json.put("vm-clock-nsec", clock.getNano());
        json.put("name", snapshot.name());
        json.put("date-sec", snapshot.dateSeconds());
        json.put("date-nsec", snapshot.dateNanos());
        json.put("vm-clock-sec", clock.getSeconds());
        json.put("id", snapshot.id());
        json.put("vm-state-size", snapshot.vmStateSize());
        return json;
    }

    /** Made when there is a snapshot: without, it would take a tenth of the time of {@code info}. */
    private static final class Dates {
        static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                .withZone(ZoneId.systemDefault());

        private Dates() { }
    }

    /** A table; no line at all for none. */
    String text() {
        if (isEmpty()) return "";
        var text = new StringBuilder("Snapshot list:\n");
        text.append(ROW.formatted("ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"));
        for (Snapshot each : snapshots) text.append(row(each));
        return text.toString();
    }

    private static String row(Snapshot snapshot) {
        Duration clock = Duration.ofNanos(snapshot.vmClockNanos());
        String shownClock = "%02d:%02d:%02d.%03d".formatted(clock.toHours(), clock.toMinutesPart(),
                clock.toSecondsPart(), clock.toMillisPart());
        Object icount = snapshot.icount() == Snapshot.NO_ICOUNT ? "" : snapshot.icount();
        return ROW.formatted(snapshot.id(), snapshot.name(), Sizes.shown(snapshot.vmStateSize()),
                Dates.FORM.format(Instant.ofEpochSecond(snapshot.dateSeconds())), shownClock, icount);
    }
}
