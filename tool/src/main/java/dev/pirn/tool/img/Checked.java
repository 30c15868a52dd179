package dev.pirn.tool.img;

import dev.pirn.block.qcow2.CheckReport;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code check} tells, with the keys and in the words of QEMU 7.2.
 *
 * @param size of the disk, in bytes
 */
record Checked(String name, long size, int clusterSize, CheckReport report) {
    private static final double PERCENT = 100;

    private long clusters() {
        return (size + clusterSize - 1) / clusterSize;
    }

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("image-end-offset", report.imageEndOffset());
        if (clusters() > 0) json.put("total-clusters", clusters());
        if (report.corruptions() > 0) json.put("corruptions", report.corruptions());
        json.put("check-errors", 0);
        if (report.leaks() > 0) json.put("leaks", report.leaks());
        if (report.allocatedClusters() > 0) json.put("allocated-clusters", report.allocatedClusters());
        json.put("filename", name);
        json.put("format", Format.qcow2.name());
        if (report.compressedClusters() > 0) json.put("compressed-clusters", report.compressedClusters());
        return json;
    }

    String text() {
        var text = new StringBuilder();
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
            text.append(String.format(Locale.ROOT, "%d/%d = %.2f%% allocated, %.2f%% compressed clusters%n",
                    report.allocatedClusters(), clusters(), PERCENT * report.allocatedClusters() / clusters(),
                    PERCENT * report.compressedClusters() / report.allocatedClusters()));
        }
        return text.append("Image end offset: ").append(report.imageEndOffset()).append("\n").toString();
    }
}
