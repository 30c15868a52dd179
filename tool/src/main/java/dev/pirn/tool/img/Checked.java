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
        putUnlessZero(json, "image-end-offset", report.imageEndOffset());
        putUnlessZero(json, "total-clusters", report.totalClusters());
        putUnlessZero(json, "corruptions", report.corruptions());
        putUnlessZero(json, "corruptions-fixed", report.corruptionsFixed());
        json.put("check-errors", report.checkErrors());
        putUnlessZero(json, "leaks", report.leaks());
        putUnlessZero(json, "leaks-fixed", report.leaksFixed());
        putUnlessZero(json, "allocated-clusters", report.allocatedClusters());
        putUnlessZero(json, "fragmented-clusters", report.fragmentedClusters());
        json.put("filename", name);
        json.put("format", Format.qcow2.name());
        putUnlessZero(json, "compressed-clusters", report.compressedClusters());
        return json;
    }

    private static void putUnlessZero(Map<String, Object> json, String key, long number) {
        if (number != 0) json.put(key, number);
    }

    String text() {
        var text = new StringBuilder();
        if (report.corruptionsFixed() > 0 || report.leaksFixed() > 0) {
            text.append("The following inconsistencies were found and repaired:\n\n")
                    .append("    ").append(report.leaksFixed()).append(" leaked clusters\n")
                    .append("    ").append(report.corruptionsFixed()).append(" corruptions\n\n")
                    .append("Double checking the fixed image now...\n");
        }
        if (report.isClean()) text.append("No errors were found on the image.\n");
        if (report.corruptions() > 0) {
            text.append("\n").append(report.corruptions()).append(" errors were found on the image.\n")
                    .append("Data may be corrupted, or further writes to the image may corrupt it.\n");
        }
        if (report.leaks() > 0) {
            text.append("\n").append(report.leaks()).append(" leaked clusters were found on the image.\n")
                    .append("This means waste of disk space, but no harm to data.\n");
        }
        if (report.totalClusters() > 0 && report.allocatedClusters() > 0) {
            text.append(String.format(Locale.ROOT,
                    "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed clusters%n",
                    report.allocatedClusters(), report.totalClusters(),
                    percent(report.allocatedClusters(), report.totalClusters()),
                    percent(report.fragmentedClusters(), report.allocatedClusters()),
                    percent(report.compressedClusters(), report.allocatedClusters())));
        }
        return text.append("Image end offset: ").append(report.imageEndOffset()).append("\n").toString();
    }

    private static double percent(long part, long whole) {
        return PERCENT * part / whole;
    }
}
