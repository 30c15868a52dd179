package dev.pirn.block.qcow2;

/**
 * Which other files an image may name (its backing file, its data file): whoever made the image chose the
 * names, and they may be of files that he may not read (CVE-2024-32498).
 */
public enum Follow {
    /** None is opened; what would be read from one fails. For looking at an image. */
    NOTHING,
    /** Files in the image's own folder, or below it; symbolic links counted where they lead to. */
    FOLDER,
    /** Any file, and what {@link Qcow2Options#opener} opens. */
    ANYWHERE
}
