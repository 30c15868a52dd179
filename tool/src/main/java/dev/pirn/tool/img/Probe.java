package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.block.StorageFile;
import dev.pirn.tool.Failure;
import dev.pirn.tool.ImageFile;
import dev.pirn.tool.ImageFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Finds out of which format an image is when nobody says it, by how it begins. */
final class Probe {
    private Probe() { }

    /** The format that a file begins like; by QEMU's name one that is built. */
    static Format format(String where, byte[] start) throws Failure {
        String found = ImageFormat.of(start);
        for (Format each : Format.values()) {
            if (each.name().equals(found)) return each;
        }
        throw Failure.of("a format that is not built", found + ": " + where)
                .hint("-f raw takes its bytes as they are");
    }

    @NoCoroutineFn
    static byte[] startOfFile(Path path) throws Failure {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(ImageFormat.HEADER_SIZE);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) continue;
            return Arrays.copyOf(buffer.array(), buffer.position());
        } catch (IOException e) {
            throw ImageFile.cannotOpen(path, e);
        }
    }

    @CoroutineFn
    static byte[] start(StorageFile file) throws IOException {
        MemorySegment start = Arena.ofAuto().allocate(Math.min(file.size(), ImageFormat.HEADER_SIZE));
        file.read(0, start);
        return start.toArray(ValueLayout.JAVA_BYTE);
    }
}
