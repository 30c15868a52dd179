package dev.pirn.tool.img;

import dev.pirn.block.qcow2.CheckReport;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What {@code check} tells, with the keys and in the words of QEMU 7.2. */
record Checked(String name, CheckReport report) {
    private static final double PERCENT = 100;

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("image-end-offset", report.imageEndOffset());
        put(json, "total-clusters", report.totalClusters());
        put(json, "corruptions", report.corruptions());
        json.put("check-errors", report.checkErrors());
        put(json, "leaks", report.leaks());
        put(json, "allocated-clusters", report.allocatedClusters());
        put(json, "fragmented-clusters", report.fragmentedClusters());
        put(json, "corruptions-fixed", report.corruptionsFixed());
        put(json, "leaks-fixed", report.leaksFixed());
        json.put("filename", name);
        json.put("format", Format.qcow2.name());
        put(json, "compressed-clusters", report.compressedClusters());
        return json;
    }

    /** What is 0 is not told. */
    private static void put(Map<String, Object> json, String key, long value) {
        if (value > 0) json.put(key, value);
    }

    private String repaired() {
        if (report.corruptionsFixed() == 0 && report.leaksFixed() == 0) return "";
        return """
                The following inconsistencies were found and repaired:

                    %d leaked clusters
                    %d corruptions

                Double checking the fixed image now...
                """.formatted(report.leaksFixed(), report.corruptionsFixed());
    }

    String text() {
        var text = new StringBuilder(repaired());
        if (report.isClean()) text.append("No errors were found on the image.\n");
        if (report.corruptions() > 0) {
            text.append("\n").append(report.corruptions()).append(" errors were found on the image.\n")
                    .append("Data may be corrupted, or further writes to the image may corrupt it.\n");
        }
        if (report.leaks() > 0) {
            text.append("\n").append(report.leaks()).append(" leaked clusters were found on the image.\n")
                    .append("This means waste of disk space, but no harm to data.\n");
        }
        if (report.allocatedClusters() > 0) {
            text.append(String.format(Locale.ROOT, "%d/%d = %.2f%% allocated, %.2f%% fragmented, "
                    + "%.2f%% compressed clusters%n", report.allocatedClusters(), report.totalClusters(),
                    PERCENT * report.allocatedClusters() / report.totalClusters(),
                    PERCENT * report.fragmentedClusters() / report.allocatedClusters(),
                    PERCENT * report.compressedClusters() / report.allocatedClusters()));
        }
        return text.append("Image end offset: ").append(report.imageEndOffset()).append("\n").toString();
    }
}
