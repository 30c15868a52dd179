package dev.pirn.block.qcow2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An entry of the bitmap directory. What is not known of it is kept.
 *
 * <pre>
 *   0       8               12      16     17                 18        20          24
 *   │ table │ table entries │ flags │ type │ granularity bits │ name len│ extra len │ extra │ name │ 0…
 * </pre>
 */
record BitmapEntry(long tableAt, int tableEntries, int flags, int type, int granularityBits, byte[] extra,
        byte[] name) {
    static final int HEAD_SIZE = 24;
    static final int FLAGS_AT = 12;
    static final int IN_USE = 1;
    static final int AUTO = 2;
    static final int EXTRA_COMPATIBLE = 4;
    static final int FLAGS_KNOWN = IN_USE | AUTO | EXTRA_COMPATIBLE;
    static final int TYPE_DIRTY = 1;

    static BitmapEntry of(String name, int granularityBits, boolean auto) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return new BitmapEntry(0, 0, auto ? AUTO : 0, TYPE_DIRTY, granularityBits, new byte[0], bytes);
    }

    static int nameSize(ByteBuffer head) {
        return head.getShort(18) & 0xffff;
    }

    /** Nothing is checked. */
    static int extraSize(ByteBuffer head) {
        return head.getInt(20);
    }

    static BitmapEntry parse(ByteBuffer head, byte[] extra, byte[] name) {
        return new BitmapEntry(head.getLong(0), head.getInt(8), head.getInt(FLAGS_AT), head.get(16) & 0xff,
                head.get(17) & 0xff, extra, name);
    }

    /** Writes it at the position, which moves on to the next entry's. */
    void put(ByteBuffer to) {
        int end = to.position() + size();
        to.putLong(tableAt).putInt(tableEntries).putInt(flags).put((byte) type).put((byte) granularityBits);
        to.putShort((short) name.length).putInt(extra.length).put(extra).put(name).position(end);
    }

    /** With the padding. */
    int size() {
        return HEAD_SIZE + extra.length + name.length + 7 & ~7;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isKnown() {
        return type == TYPE_DIRTY && (extra.length == 0 || has(EXTRA_COMPATIBLE));
    }

    boolean isUsable() {
        return isKnown() && !has(IN_USE);
    }

    /** The same, with these flags set and those clear. */
    BitmapEntry with(int set, int clear) {
        return new BitmapEntry(tableAt, tableEntries, flags & ~clear | set, type, granularityBits, extra,
                name);
    }

    /** The same, with its table there. */
    BitmapEntry at(long table, int entries) {
        return new BitmapEntry(table, entries, flags, type, granularityBits, extra, name);
    }

    String text() {
        return new String(name, StandardCharsets.UTF_8);
    }

    Bitmap bitmap() {
        return new Bitmap(text(), 1L << granularityBits, has(AUTO), has(IN_USE), isKnown());
    }
}
