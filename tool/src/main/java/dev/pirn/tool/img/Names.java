package dev.pirn.tool.img;

import dev.pirn.tool.Failure;

/** Names of images, as they stand in others. */
final class Names {
    private Names() { }

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
