package dev.pirn.tool.img;

import dev.pirn.tool.Failure;
import java.util.Set;

/** Names of images, as they stand in others. */
final class Names {
    /**
     * Drivers that qemu-img takes before a colon. A script that names an export so must not get a file, made
     * in this folder, and be told that all went well.
     */
    private static final Set<String> DRIVERS = Set.of("blkdebug", "blkverify", "fat", "file", "ftp", "ftps",
            "gluster", "host_device", "http", "https", "iscsi", "json", "nbd", "nfs", "nvme", "rbd", "ssh");

    private Names() { }

    /** Whether it is a name in QEMU's words, and no path. */
    static boolean isOfQemu(String name) {
        return hasProtocol(name) && DRIVERS.contains(name.substring(0, name.indexOf(':')));
    }

    /** The name by which {@code overlay}'s user finds what is called {@code name} in it. */
    static String combined(String overlay, String name) {
        int slash = overlay.lastIndexOf('/');
        if (hasProtocol(name) || name.startsWith("/") || slash < 0 || hasProtocol(overlay)) return name;
        return overlay.substring(0, slash + 1) + name;
    }

    /** As QEMU has it: a colon before the first slash. */
    static boolean hasProtocol(String name) {
        int colon = name.indexOf(':');
        int slash = name.indexOf('/');
        return colon > 0 && (slash < 0 || colon < slash);
    }

    /** The format called so in an image; null if nobody says. */
    static Format format(String name) throws Failure {
        if (name == null) return null;
        return switch (name) {
            case "raw", "file", "host_device" -> Format.raw;
            case "qcow2" -> Format.qcow2;
            default -> throw Failure.of("a format that is not built", name);
        };
    }
}
