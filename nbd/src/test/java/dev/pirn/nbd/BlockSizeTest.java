package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that are read and written in blocks, and one larger than any file ("Block size constraints"). */
class BlockSizeTest {
    @TempDir
    private Path dir;

    /** A disk of zeroes, that notes what it is asked. */
    private record Zeroes(long size, int blockSize, List<String> asked) implements Driver {
        Zeroes(long size, int blockSize) {
            this(size, blockSize, Collections.synchronizedList(new ArrayList<>()));
        }

        @Override
        public void read(long offset, MemorySegment target) {
            target.fill((byte) 0);
        }

        @Override
        public void write(long offset, MemorySegment source) {
            asked.add("write " + offset + " " + source.byteSize());
        }

        @Override
        public void writeZeroes(long offset, long length, boolean mayUnmap) {
            asked.add("zero " + offset + " " + length);
        }

        @Override
        public void discard(long offset, long length) {
            asked.add("discard " + offset + " " + length);
        }

        @Override
        public void flush() { }

        @Override
        public void prefetch(long offset, long length) {
            asked.add("prefetch " + offset + " " + length);
        }

        @Override
        public void close() { }
    }

    /** Puts {@code driver} in the place of the image's. */
    private static UnaryOperator<Driver> insteadBy(Driver driver) {
        return image -> {
            try {
                image.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return driver;
        };
    }

    private static List<Integer> sizes(Client client, int option) throws IOException {
        client.send(Client.option(option, Client.info("", NBD_INFO_BLOCK_SIZE)));
        client.optionReply();
        ByteBuffer sizes = client.optionReply().data();
        assertEquals(NBD_INFO_BLOCK_SIZE, sizes.getShort());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        return List.of(sizes.getInt(), sizes.getInt(), sizes.getInt());
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void whoAsksForTheSizesMustKeepToThem(int block) throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL, insteadBy(new Zeroes(4 * 65536, block)));
                Client client = served.connect()) {
            client.greet();
            assertEquals(List.of(block, Math.max(block, 4096), 32 << 20), sizes(client, NBD_OPT_GO));
            for (int type : new int[] {NBD_CMD_READ, NBD_CMD_WRITE_ZEROES, NBD_CMD_TRIM, NBD_CMD_CACHE}) {
                assertEquals(NBD_EINVAL, client.errorOf(0, type, 1, block));
                assertEquals(NBD_EINVAL, client.errorOf(0, type, block, block - 1));
                assertEquals(NBD_EINVAL, client.errorOf(0, type, block / 2, block / 2));
            }
            assertEquals(NBD_EINVAL, client.write(0, block / 2, new byte[block]));
            assertEquals(NBD_EINVAL, client.write(0, 0, new byte[block + 1]));
            assertEquals(0, client.write(0, block, new byte[block]));
            assertEquals(0, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
            client.read(2L * block, block);
        }
    }

    /** By a server that can, as the text says it should. */
    @Test
    void whoDoesNotAskIsServedByTheByte() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL, insteadBy(new Zeroes(65536, 4096)));
                Client client = served.connect()) {
            client.greet();
            // Which promises nothing.
            assertEquals(List.of(4096, 4096, 32 << 20), sizes(client, NBD_OPT_INFO));
            assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info("")).type());
            assertEquals(NBD_REP_ACK, client.optionReply().type());
            client.read(1, 3);
            assertEquals(0, client.write(0, 5, new byte[7]));
        }
    }

    @Test
    void diskThatEndsWithinABlockIsServedByTheByte() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL, insteadBy(new Zeroes(65537, 4096)));
                Client client = served.connect()) {
            client.greet();
            assertEquals(List.of(1, 4096, 32 << 20), sizes(client, NBD_OPT_GO));
            client.read(65536, 1);
        }
    }

    @Test
    void blocksThatAreNone() {
        for (int block : new int[] {0, -1, 3, 131072, Integer.MIN_VALUE}) {
            var e = assertThrows(IllegalArgumentException.class,
                    () -> BlockDevice.of("disk", new Zeroes(1 << 20, block), false));
            assertEquals("disk: blocks of " + block + " bytes, not a power of two of at most 65536",
                    e.getMessage());
        }
    }

    /** The longest that is sent as enforced: READ and WRITE of the maximum, and of one block more. */
    @Test
    void maximumIsWhatIsEnforced() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL, insteadBy(new Zeroes(1L << 40, 512)));
                Client client = served.connect()) {
            client.greet();
            int most = sizes(client, NBD_OPT_GO).get(2);
            assertEquals(most, client.read(512, most).length);
            assertEquals(NBD_EINVAL, client.errorOf(0, NBD_CMD_READ, 512, most + 512));
        }
    }

    @Test
    void lengthsOf64BitsReachTheDisk() throws Exception {
        var zeroes = new Zeroes(8L << 40, 1);
        try (var served = new Served(dir, Served.Setup.USUAL, insteadBy(zeroes));
                Client client = served.connect()) {
            client.greet();
            assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_EXTENDED_HEADERS, "").type());
            assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info("")).type());
            assertEquals(NBD_REP_ACK, client.optionReply().type());
            for (int type : new int[] {NBD_CMD_WRITE_ZEROES, NBD_CMD_TRIM, NBD_CMD_CACHE}) {
                ByteBuffer request = ByteBuffer.allocate(32);
                new Request(0, type, 1, 4096, 5L << 40).put(request, Framing.EXTENDED);
                client.send(request.flip());
                assertEquals(0x6e8a278c, client.receive(32).getInt());
            }
        }
        String range = " 4096 " + (5L << 40);
        assertEquals(List.of("zero" + range, "discard" + range, "prefetch" + range), zeroes.asked);
    }
}
