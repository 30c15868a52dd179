package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random requests against a byte array that does the same. Up to sixteen are in flight at a time, each in a
 * part of the disk of its own, for what overlaps is ordered by nobody.
 */
class ModelTest {
    private static final int PARTS = 16;
    private static final int PART_SIZE = 50_003;
    private static final int SIZE = PARTS * PART_SIZE;
    private static final int ROUNDS = 150;

    private record Asked(int type, int offset, int length) { }

    private final long seed = Long.getLong("pirn.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final byte[] model = Served.content(SIZE);

    @TempDir
    private Path dir;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void serverAgreesWithAnArray(int loops) throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.size(SIZE).loops(loops));
                Client one = served.ready();
                Client two = served.ready()) {
            for (int round = 0; round < ROUNDS; round++) round(random.nextBoolean() ? one : two);
            assertEquals(0, two.errorOf(0, NBD_CMD_FLUSH, 0, 0));
            assertArrayEquals(model, Files.readAllBytes(served.image));
        } catch (Throwable e) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, e);
        }
    }

    private void round(Client client) throws Exception {
        var asked = new Asked[PARTS];
        int count = 0;
        for (int part = 0; part < PARTS; part++) {
            if (random.nextInt(4) == 0) continue;
            asked[part] = ask(client, part);
            count++;
        }
        for (; count > 0; count--) {
            Client.Reply reply = client.reply();
            assertEquals(0, reply.error());
            Asked answered = asked[(int) reply.cookie()];
            asked[(int) reply.cookie()] = null;
            if (answered.type != NBD_CMD_READ) continue;
            assertArrayEquals(Arrays.copyOfRange(model, answered.offset, answered.offset + answered.length),
                    client.receive(answered.length).array());
        }
    }

    private Asked ask(Client client, int part) throws Exception {
        int start = random.nextInt(PART_SIZE + 1);
        int length = random.nextInt(PART_SIZE - start + 1);
        int offset = part * PART_SIZE + start;
        int fua = random.nextInt(8) == 0 ? NBD_CMD_FLAG_FUA : 0;
        int type = switch (random.nextInt(5)) {
            case 0, 1 -> NBD_CMD_WRITE;
            case 2 -> NBD_CMD_WRITE_ZEROES;
            default -> NBD_CMD_READ;
        };
        client.ask(fua, type, part, offset, length);
        if (type == NBD_CMD_WRITE) {
            byte[] data = new byte[length];
            random.nextBytes(data);
            client.send(ByteBuffer.wrap(data));
            System.arraycopy(data, 0, model, offset, length);
        } else if (type == NBD_CMD_WRITE_ZEROES) {
            Arrays.fill(model, offset, offset + length, (byte) 0);
        }
        return new Asked(type, offset, length);
    }
}
