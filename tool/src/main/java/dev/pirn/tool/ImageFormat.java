package dev.pirn.tool;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Tells image formats by how their files begin. */
public final class ImageFormat {
    /** No format that we know. */
    public static final String RAW = "raw";
    /** How many bytes from a file's start {@link #of} wants to see; a shorter file has fewer. */
    public static final int HEADER_SIZE = 512;

    private record Magic(String format, int offset, byte[] bytes) {
        static Magic of(String format, int offset, String bytes) {
            return new Magic(format, offset, bytes.getBytes(StandardCharsets.ISO_8859_1));
        }

        boolean isIn(byte[] start) {
            int end = offset + bytes.length;
            return end <= start.length && Arrays.equals(start, offset, end, bytes, 0, bytes.length);
        }
    }

    private static final List<Magic> MAGICS = List.of(
            Magic.of("qcow2", 0, "QFI\u00fb"),
            Magic.of("qed", 0, "QED\0"),
            Magic.of("vmdk", 0, "KDMV"),
            Magic.of("vmdk", 0, "COWD"),
            Magic.of("vmdk", 0, "# Disk DescriptorFile"),
            Magic.of("vhdx", 0, "vhdxfile"),
            Magic.of("vpc", 0, "conectix"),
            Magic.of("vdi", 64, "\u007f\u0010\u00da\u00be"),
            Magic.of("luks", 0, "LUKS\u00ba\u00be"),
            Magic.of("parallels", 0, "WithoutFreeSpace"),
            Magic.of("parallels", 0, "WithouFreSpacExt"));

    private ImageFormat() { }

    /**
     * The format, by QEMU's name, of a file that begins with {@code start}; {@link #RAW} if it is none of
     * these.
     */
    public static String of(byte[] start) {
        for (Magic each : MAGICS) {
            if (each.isIn(start)) return each.format();
        }
        return RAW;
    }
}
