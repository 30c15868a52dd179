package dev.pirn.tool.img;

/** The formats that images are read and written in, in QEMU's words, as the command line has them. */
enum Format {
    /** Byte for byte. */
    raw,
    /** QEMU's own, version 2 or 3. */
    qcow2
}
