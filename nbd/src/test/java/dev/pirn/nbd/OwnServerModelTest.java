package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our client and our server, which agree on extended headers: every command, by coroutines that have a part
 * of the disk each, against an array that does the same.
 */
class OwnServerModelTest {
    private static final int PARTS = 12;
    private static final int PART_SIZE = 150_001;
    private static final int SIZE = PARTS * PART_SIZE;
    private static final int ROUNDS = 25;

    private final long seed = Long.getLong("pirn.seed", System.nanoTime());
    private final byte[] model = Served.content(SIZE);

    @TempDir
    private Path dir;

    @Test
    void clientAndServerAgreeWithAnArray() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.size(SIZE).loops(2));
                var loop = EventLoop.open("client")) {
            Path socket = ((UnixDomainSocketAddress) served.address).getPath();
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(NbdUri.unix(socket, ""), NbdClientOptions.DEFAULT)) {
                    Group.<Void, IOException>run("parts", group -> {
                        for (int i = 0; i < PARTS; i++) {
                            int part = i;
                            group.start("part " + i, () -> {
                                use(disk, part, new Random(seed + part));
                                return null;
                            });
                        }
                        return null;
                    });
                    disk.flush();
                }
                return null;
            });
            assertArrayEquals(model, Files.readAllBytes(served.image));
        } catch (Throwable e) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, e);
        }
    }

    @CoroutineFn
    private void use(BlockDevice disk, int part, Random random) throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            int start = random.nextInt(PART_SIZE);
            int length = 1 + random.nextInt(PART_SIZE - start);
            once(disk, random, part * PART_SIZE + start, length);
        }
    }

    @CoroutineFn
    private void once(BlockDevice disk, Random random, int offset, int length) throws IOException {
        boolean flag = random.nextBoolean();
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                byte[] data = new byte[length];
                random.nextBytes(data);
                disk.write(offset, MemorySegment.ofArray(data), flag);
                System.arraycopy(data, 0, model, offset, length);
            }
            case 2 -> {
                disk.writeZeroes(offset, length, flag, random.nextBoolean());
                Arrays.fill(model, offset, offset + length, (byte) 0);
            }
            case 3 -> {
                boolean fast = disk.writeZeroesFast(offset, length, flag, false);
                if (!fast) disk.writeZeroes(offset, length, flag, false);
                Arrays.fill(model, offset, offset + length, (byte) 0);
            }
            case 4 -> trim(disk, offset, length);
            case 5 -> status(disk, offset, length, flag ? 1 : 100);
            case 6 -> {
                if (flag) disk.prefetch(offset, length); else disk.flush();
            }
            default -> assertArrayEquals(Arrays.copyOfRange(model, offset, offset + length),
                    read(disk, offset, length));
        }
    }

    @CoroutineFn
    private static byte[] read(BlockDevice disk, int offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        disk.read(offset, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /** Each byte is as it was, or zero. */
    @CoroutineFn
    private void trim(BlockDevice disk, int offset, int length) throws IOException {
        disk.discard(offset, length);
        byte[] now = read(disk, offset, length);
        for (int i = 0; i < length; i++) {
            assertTrue(now[i] == 0 || now[i] == model[offset + i], "byte " + (offset + i));
        }
        System.arraycopy(now, 0, model, offset, length);
    }

    @CoroutineFn
    private void status(BlockDevice disk, int offset, int length, int countMax) throws IOException {
        List<Extent> extents = disk.extents(offset, length, countMax);
        assertTrue(!extents.isEmpty() && extents.size() <= countMax);
        int at = offset;
        for (Extent each : extents) {
            int end = at + Math.toIntExact(each.length());
            for (int i = at; each.isZero() && i < end; i++) assertEquals(0, model[i], "byte " + i);
            at = end;
        }
        assertTrue(at <= offset + length);
    }
}
