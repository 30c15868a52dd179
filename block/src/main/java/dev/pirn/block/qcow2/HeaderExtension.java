package dev.pirn.block.qcow2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One of the optional sections behind the header ("Header extensions").
 *
 * @param type what it is
 * @param data its bytes, without the padding; whoever asks gets the same array
 */
record HeaderExtension(int type, byte[] data) {
    static final int END = 0;
    static final int BACKING_FORMAT = 0xe2792aca;
    static final int FEATURE_NAMES = 0x6803f857;
    static final int BITMAPS = 0x23852875;
    static final int ENCRYPTION = 0x0537be77;
    static final int DATA_FILE = 0x44415441;

    private static final int HEAD_SIZE = 8;
    private static final int FEATURE_SIZE = 48;

    /**
     * Takes all of them apart.
     *
     * @param area the first cluster, at least up to {@code end}
     * @param end where the first cluster ends, or the backing file's name begins
     */
    static List<HeaderExtension> parse(String file, ByteBuffer area, int start, int end)
            throws BadImageException {
        var all = new ArrayList<HeaderExtension>();
        for (int at = start; at + HEAD_SIZE <= end; ) {
            int type = area.getInt(at);
            int length = area.getInt(at + 4);
            if (length < 0 || length > end - at - HEAD_SIZE) {
                throw BadImageException.of(file, "header extension 0x%08x at offset %d: %s bytes, but the "
                        + "area for extensions ends at %d", type, at, Integer.toUnsignedString(length), end);
            }
            if (type == END) break; // Its length counts, its bytes do not: as QEMU has it.
            byte[] data = new byte[length];
            area.get(at + HEAD_SIZE, data);
            all.add(new HeaderExtension(type, data));
            at += HEAD_SIZE + padded(length);
        }
        return List.copyOf(all);
    }

    private static int padded(int length) {
        return (length + 7) & ~7;
    }

    /** Bytes that it takes with its head and padding. */
    int size() {
        return HEAD_SIZE + padded(data.length);
    }

    void put(ByteBuffer to) {
        to.putInt(type).putInt(data.length).put(data);
        to.put(new byte[padded(data.length) - data.length]);
    }

    /** Its data as text. */
    String text() {
        return new String(data, StandardCharsets.UTF_8);
    }

    static HeaderExtension ofText(int type, String text) {
        return new HeaderExtension(type, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The table of the names of all features that we know. */
    static HeaderExtension ofFeatureNames() {
        var table = ByteBuffer.allocate(FEATURE_SIZE * Feature.values().length);
        for (Feature each : Feature.values()) {
            int at = each.ordinal() * FEATURE_SIZE;
            table.put(at, (byte) each.kind.ordinal()).put(at + 1, (byte) each.bit);
            table.put(at + 2, each.label.getBytes(StandardCharsets.US_ASCII));
        }
        return new HeaderExtension(FEATURE_NAMES, table.array());
    }

    /** What this feature name table calls a feature; null if it does not say. */
    String featureName(Feature.Kind kind, int bit) {
        for (int at = 0; at + FEATURE_SIZE <= data.length; at += FEATURE_SIZE) {
            if (data[at] != kind.ordinal() || data[at + 1] != bit) continue;
            byte[] name = Arrays.copyOfRange(data, at + 2, at + FEATURE_SIZE);
            int length = 0;
            while (length < name.length && name[length] != 0) length++;
            return new String(name, 0, length, StandardCharsets.UTF_8);
        }
        return null;
    }

    static HeaderExtension find(List<HeaderExtension> all, int type) {
        for (HeaderExtension each : all) {
            if (each.type == type) return each;
        }
        return null;
    }
}
