package dev.pirn.block.qcow2;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Changes of an image, made of a fuzzer's bytes: of fields and entries rather than anywhere, for a random
 * byte hits a cluster of data.
 *
 * <pre>
 *   image │ where │ which │ how │ by what (0, 1 or 8 bytes) │ where │ …
 * </pre>
 */
final class Damages {
    private static final int CHANGES_MAX = 20;
    private static final int[] FIELDS = {4, 8, 16, 20, 24, 32, 36, 40, 48, 56, 60, 64, 72, 80, 88, 96, 100,
        104, 112, 116};

    private final ByteBuffer script;
    private byte[] image;

    private Damages(ByteBuffer script, List<byte[]> images) {
        this.script = script;
        this.image = images.get(octet() % images.size()).clone();
    }

    static byte[] of(byte[] input, List<byte[]> images) {
        var damages = new Damages(ByteBuffer.wrap(input), images);
        for (int i = 0; i < CHANGES_MAX && damages.script.hasRemaining(); i++) damages.change();
        return damages.image;
    }

    /** The same of images with bitmaps; every other change is of what those have. */
    static byte[] withBitmaps(byte[] input, List<byte[]> images) {
        var damages = new Damages(ByteBuffer.wrap(input), images);
        for (int i = 0; i < CHANGES_MAX && damages.script.hasRemaining(); i++) {
            if (damages.octet() % 2 == 0) damages.change();
            else damages.changeBitmaps();
        }
        return damages.image;
    }

    private void changeBitmaps() {
        long extension = 112;
        while (extension < 512 && get(extension - 8) >>> 32 != HeaderExtension.BITMAPS) extension += 8;
        long directory = get(extension + 16);
        switch (octet() % 4) {
            case 0 -> changeEntry(extension + 8 * (octet() % 3));
            case 1 -> changeEntry(directory + 8 * (octet() % 16));
            case 2 -> changeOctet(directory + octet() % 128);
            default -> changeEntry(get(directory + 32 * (octet() % 2)) + 8 * (octet() % 4));
        }
    }

    private int octet() {
        return script.hasRemaining() ? script.get() & 0xff : 0;
    }

    private long number() {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) number = number << 8 | octet();
        return number;
    }

    private long get(long at) {
        return at >= 0 && at + Long.BYTES <= image.length ? ByteBuffer.wrap(image).getLong((int) at) : 0;
    }

    private int clusterSize() {
        return 1 << Math.clamp(get(16) & 0xff, 9, 21);
    }

    private void change() {
        switch (octet() % 8) {
            case 0 -> changeField();
            case 1 -> changeEntry(get(40) + 8L * (octet() % 8));
            case 2, 3 -> changeEntry(table(octet()) + 8L * octet());
            case 4 -> changeEntry(get(48) + 8L * (octet() % 4));
            case 5 -> changeOctet(get(get(48)) + octet());
            case 6 -> changeEntry(get(64) + 8L * (octet() % 16));
            default -> cut();
        }
    }

    private long table(int number) {
        return get(get(40) + 8L * (number % 8)) & L2Entry.HOST_MASK;
    }

    private void changeField() {
        int at = FIELDS[octet() % FIELDS.length];
        if (octet() % 2 == 0) changeEntry(at);
        else changeOctet(at + 3);
    }

    private void changeEntry(long at) {
        if (at < 0 || at + Long.BYTES > image.length) return;
        long before = get(at);
        long place = (long) octet() % (image.length / clusterSize() + 3) * clusterSize();
        long after = switch (octet() % 8) {
            case 0 -> 0;
            case 1 -> before ^ 1L << octet() % Long.SIZE;
            case 2 -> place;
            case 3 -> place | L2Entry.COPIED;
            case 4 -> number();
            case 5 -> L2Entry.COMPRESSED | place + octet();
            case 6 -> before + clusterSize();
            default -> before ^ L2Entry.COPIED;
        };
        ByteBuffer.wrap(image).putLong((int) at, after);
    }

    private void changeOctet(long at) {
        if (at < 0 || at >= image.length) return;
        image[(int) at] = (byte) octet();
    }

    private void cut() {
        long length = (long) image.length * octet() / 256 + octet();
        image = Arrays.copyOf(image, (int) Math.min(length, image.length));
    }
}
