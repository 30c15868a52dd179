package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Images far larger than the memory: opened, mapped and served by a JVM that has 64 MB of heap, and as much
 * beside it for buffers. Clusters of 512 bytes reach no further than 128 GiB: the format's largest L1 table.
 */
class Qcow2HugeTest {
    private static final int PIECES = 64;
    private static final int PIECE_SIZE = 4096;

    @TempDir
    private Path dir;

    private static String offset(long size, int piece) {
        return Long.toString(size / PIECES * piece);
    }

    private Path make(int clusterSize, long size) throws Exception {
        Path image = dir.resolve("image.qcow2");
        Clients.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=" + clusterSize,
                image.toString(), Long.toString(size));
        var commands = new ArrayList<>(List.of("-f", "qcow2"));
        for (int i = 0; i < PIECES; i++) {
            String write = "write -P %d %s %d".formatted(i + 1, offset(size, i), PIECE_SIZE);
            commands.addAll(List.of("-c", write));
        }
        commands.add(image.toString());
        Clients.run("qemu-io", commands.toArray(String[]::new));
        return image;
    }

    /**
     * A copy with an L2 table for each entry of the L1 table, in a hole behind its end: of 1 TiB in clusters
     * of 64 KiB these are 128 MiB, twice of what the JVM has.
     */
    private Path withAllTables(Path image, int clusterSize) throws Exception {
        Path copy = Files.copy(image, dir.resolve("tables.qcow2"));
        try (var file = new RandomAccessFile(copy.toFile(), "rw")) {
            file.seek(36);
            int entries = file.readInt();
            long l1 = file.readLong();
            long end = (file.length() / clusterSize + 1) * clusterSize;
            file.setLength(end + (long) entries * clusterSize);
            for (int i = 0; i < entries; i++) {
                file.seek(l1 + 8L * i);
                if (file.readLong() != 0) continue;
                file.seek(l1 + 8L * i);
                file.writeLong(1L << 63 | end + (long) i * clusterSize);
            }
        }
        return copy;
    }

    @ParameterizedTest
    @CsvSource({"65536,1099511627776", "512,137438953472"})
    void mappedAndServedInLittleMemory(int clusterSize, long size) throws Exception {
        Path image = make(clusterSize, size);
        Path mapped = clusterSize == 512 ? image : withAllTables(image, clusterSize);
        try (var map = Run.start(Tool.small("img", "map", "--output=json", mapped.toString()))) {
            JsonNode entries = Pirn.json(map.succeed());
            long end = 0;
            int data = 0;
            for (JsonNode each : entries) {
                assertEquals(end, each.get("start").asLong());
                end += each.get("length").asLong();
                if (each.get("data").asBoolean()) data++;
            }
            assertEquals(size + " " + PIECES, end + " " + data);
        }
        var commands = new ArrayList<String>();
        for (int i = 0; i < PIECES; i++) {
            commands.add("read -P %d %s %d".formatted(i + 1, offset(size, i), PIECE_SIZE));
            commands.add("write -P 7 %d %d".formatted(size / PIECES * i + size / 1000, PIECE_SIZE));
        }
        commands.add("flush");
        try (var server = Server.startSmall("-f", "qcow2", "--port", "0", image.toString())) {
            String said = Clients.qemuIo(server.uri(), commands.toArray(String[]::new));
            assertEquals(-1, said.indexOf("Pattern verification failed"), said);
        }
        Clients.run("qemu-img", "check", "-f", "qcow2", image.toString());
    }
}
