package dev.pirn.tool.img;

/** How a verb says what it found. */
enum Output {
    /** For people. */
    human,
    /** One JSON document, with qemu-img's keys. */
    json
}
