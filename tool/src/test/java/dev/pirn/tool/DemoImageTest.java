package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoImageTest {
    @Test
    void eachLineOfItSaysWhereItStands() throws Exception {
        try (var demo = DemoImage.make(); var bytes = Files.newInputStream(demo.path())) {
            assertEquals(DemoImage.SIZE, Files.size(demo.path()));
            var text = new String(bytes.readNBytes(76), StandardCharsets.US_ASCII);
            assertEquals("""
                    Pirn served this line: byte 00000000.
                    Pirn served this line: byte 00000026.
                    """, text);
        }
    }

    @Test
    void nothingStaysWhenItIsClosed() throws Failure, IOException {
        var demo = DemoImage.make();
        assertTrue(Files.exists(demo.path()));
        demo.close();
        assertFalse(Files.exists(demo.path().getParent()));
    }

    @Test
    void commandsNameTheUri() throws Failure, IOException {
        try (var demo = DemoImage.make()) {
            assertEquals(List.of(
                    "nbdinfo nbd://127.0.0.1:1/",
                    "qemu-io -f raw -c 'read -v 0 128' -c 'write -P 0x50 1M 64k' -c 'read -P 0x50 1M 64k' "
                            + "nbd://127.0.0.1:1/",
                    "qemu-img convert -f raw -O qcow2 nbd://127.0.0.1:1/ pirn-demo.qcow2"),
                    demo.commandsToTry("nbd://127.0.0.1:1/", false));
        }
    }

    @Test
    void commandsDoNotWriteToAReadOnlyExportAndQuoteForTheShell() throws Failure, IOException {
        try (var demo = DemoImage.make()) {
            assertEquals("qemu-io -f raw -c 'read -v 0 128' 'nbd+unix:///?socket=/tmp/s'",
                    demo.commandsToTry("nbd+unix:///?socket=/tmp/s", true).get(1));
        }
    }
}
