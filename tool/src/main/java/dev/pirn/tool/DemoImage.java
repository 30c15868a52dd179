package dev.pirn.tool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A disk to play with, in a temporary directory, until it is closed. */
record DemoImage(Path path) implements AutoCloseable {
    /** In bytes; almost all of them a hole. */
    static final long SIZE = 64 << 20;

    private static final String LINE = "Pirn served this line: byte %08x.\n";
    private static final int LINES = 128;

    static DemoImage make() throws Failure {
        try {
            Path path = Files.createTempDirectory("pirn-demo").resolve("demo.img");
            var image = new DemoImage(path);
            try {
                image.fill();
            } catch (IOException e) {
                image.close();
                throw e;
            }
            return image;
        } catch (IOException e) {
            throw Failure.of("cannot make a demo image", e.getMessage()).causedBy(e);
        }
    }

    private void fill() throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(text().getBytes(StandardCharsets.US_ASCII)));
            file.write(ByteBuffer.allocate(1), SIZE - 1);
        }
    }

    /** What the disk begins with: each line says where it stands. */
    private static String text() {
        var text = new StringBuilder();
        for (int i = 0; i < LINES; i++) text.append(LINE.formatted(text.length()));
        return text.toString();
    }

    /** Three commands for a shell, which all work while {@code uri} serves this image. */
    List<String> commandsToTry(String uri, boolean readOnly) {
        String quoted = quote(uri);
        String write = readOnly ? "" : "-c 'write -P 0x50 1M 64k' -c 'read -P 0x50 1M 64k' ";
        return List.of(
                "nbdinfo " + quoted,
                "qemu-io -f raw -c 'read -v 0 128' " + write + quoted,
                "qemu-img convert -f raw -O qcow2 " + quoted + " pirn-demo.qcow2");
    }

    /** For a shell to see as one word: a unix socket's URI has a question mark. */
    private static String quote(String word) {
        return word.matches("[A-Za-z0-9._~:/@=+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(path.getParent());
    }
}
