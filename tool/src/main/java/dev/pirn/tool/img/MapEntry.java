package dev.pirn.tool.img;

import dev.pirn.block.Extent;
import dev.pirn.block.qcow2.Mapping;

/**
 * Bytes of a disk that are stored side by side, or not at all; one entry of {@code map}.
 *
 * @param depth of the chain: 0 for the image itself, 1 for its backing file
 * @param present whether a file of the chain says what they are
 * @param zero whether they read as zeroes
 * @param data whether they are stored
 * @param offset where, in {@code file}; below zero if nowhere, or not as they are
 */
record MapEntry(long start, long length, int depth, boolean present, boolean zero, boolean data,
        boolean compressed, long offset, String file) {
    /** Of a raw image, where every byte is there, be it a hole. */
    static MapEntry ofRaw(long start, Extent extent, int depth, String file) {
        return new MapEntry(start, extent.length(), depth, true, extent.isZero(), !extent.isHole(), false,
                start, file);
    }

    static MapEntry of(long start, Mapping mapping, String file) {
        boolean data = mapping.isCompressed() || !mapping.isZero() && mapping.at() != Mapping.NOWHERE;
        return new MapEntry(start, mapping.length(), mapping.depth(), mapping.isPresent(), mapping.isZero(),
                data, mapping.isCompressed(), mapping.at(), file);
    }

    long end() {
        return start + length;
    }

    boolean goesOnIn(MapEntry next) {
        return depth == next.depth && present == next.present && zero == next.zero && data == next.data
                && compressed == next.compressed && file.equals(next.file)
                && (offset < 0 ? next.offset < 0 : next.offset == offset + length);
    }

    MapEntry and(MapEntry next) {
        return new MapEntry(start, length + next.length, depth, present, zero, data, compressed, offset,
                file);
    }

    /** In one line, as qemu-img prints it: maps are long. */
    String json() {
        String place = offset < 0 ? "" : ", \"offset\": " + offset;
        return ("{ \"start\": %d, \"length\": %d, \"depth\": %d, \"present\": %b, \"zero\": %b, "
                + "\"data\": %b, \"compressed\": %b%s}")
                .formatted(start, length, depth, present, zero, data, compressed, place);
    }
}
