package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Bitmaps are sets of bits, whatever is done to them and to the disk, which becomes longer and shorter. */
class BitmapModelSimTest {
    private static final int STEPS = 40;
    /** Of a granularity of 512, the bits of four clusters of 1 KiB. */
    private static final int SIZE_MAX = 16 << 20;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    private static final class Model {
        final int granularity;
        boolean auto = true;
        BitSet bits = new BitSet();

        Model(int granularity) {
            this.granularity = granularity;
        }

        void touch(long offset, long length) {
            bits.set((int) (offset / granularity), (int) ((offset + length - 1) / granularity) + 1);
        }

        int count(long size) {
            return (int) Math.ceilDiv(size, granularity);
        }
    }

    private final class Disk {
        private final Path path;
        private final ThreadPool pool;
        private final RandomGenerator random;
        private final Map<String, Model> models = new LinkedHashMap<>();
        private Qcow2Image image;
        private long size;

        Disk(Path path, ThreadPool pool, RandomGenerator random) {
            this.path = path;
            this.pool = pool;
            this.random = random;
        }

        @CoroutineFn
        void run() throws IOException {
            size = size();
            new Qcow2Creation(size).clusterSize(1024 << random.nextInt(3)).create(path, pool);
            image = Qcow2Image.open(path, UNMAP, pool);
            for (int i = 0; i < STEPS; i++) {
                step();
                compare();
            }
            image.finish();
            CheckReport report = image.check();
            assertTrue(report.isClean(), report.toString());
            image.close();
        }

        /** Short ones too, of less than a byte of bits. */
        private long size() {
            return 512L * (1 + random.nextInt(SIZE_MAX / 512 >> 3 * random.nextInt(4)));
        }

        @CoroutineFn
        private void step() throws IOException {
            switch (random.nextInt(8)) {
                case 0 -> resize();
                case 1 -> reopen();
                case 2 -> add();
                case 3 -> change();
                case 4 -> touch(0, (int) size);
                default -> {
                    int length = 1 + random.nextInt((int) Math.min(size, 100_000));
                    touch(random.nextLong(size - length + 1), length);
                }
            }
        }

        @CoroutineFn
        private void resize() throws IOException {
            size = size();
            image.resize(size);
            for (Model each : models.values()) {
                each.bits.clear(each.count(size), Math.max(each.count(size), each.bits.length()));
            }
            assertTrue(image.check().isClean());
        }

        @CoroutineFn
        private void reopen() throws IOException {
            image.finish();
            image.close();
            image = Qcow2Image.open(path, UNMAP, pool);
        }

        @CoroutineFn
        private void add() throws IOException {
            String name = "b" + models.size();
            if (models.size() == 4) return;
            int granularity = 512 << random.nextInt(12);
            image.bitmaps().add(name, granularity, true);
            models.put(name, new Model(granularity));
        }

        @CoroutineFn
        private void change() throws IOException {
            if (models.isEmpty()) return;
            String name = "b" + random.nextInt(models.size());
            String other = "b" + random.nextInt(models.size());
            Model model = models.get(name);
            switch (random.nextInt(4)) {
                case 0 -> {
                    image.bitmaps().clear(name);
                    model.bits.clear();
                }
                case 1 -> {
                    Model from = models.get(other);
                    image.bitmaps().merge(name, image.bitmaps(), other);
                    for (int bit : from.bits.stream().toArray()) {
                        long at = (long) bit * from.granularity;
                        model.touch(at, Math.min(size - at, from.granularity));
                    }
                }
                default -> {
                    model.auto = !model.auto;
                    image.bitmaps().setAuto(name, model.auto);
                }
            }
        }

        @CoroutineFn
        private void touch(long offset, int length) throws IOException {
            if (random.nextBoolean()) {
                image.writeZeroes(offset, length, random.nextBoolean());
            } else {
                image.write(offset, Arena.ofAuto().allocate(Math.min(length, 4096)).fill((byte) 1));
                image.writeZeroes(offset, length, true);
            }
            for (Model each : models.values()) {
                if (each.auto) each.touch(offset, length);
            }
        }

        @CoroutineFn
        private void compare() throws IOException {
            var names = new ArrayList<String>();
            for (Bitmap each : image.bitmaps().list()) {
                names.add(each.name());
                Model model = models.get(each.name());
                assertEquals(model.auto, each.isAuto());
                assertEquals(model.granularity, each.granularity());
                assertEquals(model.bits, bits(each), () -> each + " of a disk of " + size);
            }
            assertEquals(List.copyOf(models.keySet()), names);
        }

        @CoroutineFn
        private BitSet bits(Bitmap bitmap) throws IOException {
            var bits = new BitSet();
            long at = 0;
            for (var each : image.bitmaps().view(bitmap.name()).runs(0, size, Integer.MAX_VALUE)) {
                long end = at + each.length();
                int last = (int) Math.ceilDiv(end, bitmap.granularity());
                if (each.isDirty()) bits.set((int) (at / bitmap.granularity()), last);
                at = end;
            }
            return bits;
        }
    }

    @SimTest(seeds = 25)
    void setsOfBits(Sim sim) {
        try (var pool = ThreadPool.of("disk", 2)) {
            var disk = new Disk(sim.disk().path("/image"), pool, sim.random());
            sim.run(sim.loop("loop"), "all", disk::run);
        }
    }
}
