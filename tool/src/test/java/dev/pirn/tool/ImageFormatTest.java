package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ImageFormatTest {
    @Test
    void qcow2() {
        assertEquals("qcow2", ImageFormat.of(bytes("QFI\u00fb\0\0\0\3")));
    }

    @Test
    void vdiWhoseMagicStandsBehindAText() {
        assertEquals("vdi", ImageFormat.of(bytes("x".repeat(64) + "\u007f\u0010\u00da\u00be")));
    }

    @Test
    void fileThatEndsInsideAMagic() {
        assertEquals("raw", ImageFormat.of(bytes("QFI")));
    }

    @Test
    void emptyFile() {
        assertEquals("raw", ImageFormat.of(new byte[0]));
    }

    @Test
    void bootSector() {
        assertEquals("raw", ImageFormat.of(bytes("\u00eb\u003c\u0090mkfs.fat")));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
