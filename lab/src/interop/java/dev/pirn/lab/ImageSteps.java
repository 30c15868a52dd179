package dev.pirn.lab;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.statistics.Statistics;

/** What is done to a disk, one after the other, by qemu-io, by us, and to a model of it. */
record ImageSteps(List<Step> all) {
    private static final int SECTOR = 512;

    enum Kind { WRITE, ZERO, ZERO_AND_UNMAP }

    /** A range of the disk, and what becomes of it. */
    record Step(Kind kind, int offset, int length, int value) {
        private static Step of(Kind kind, int sector, int length, int value) {
            int offset = sector * SECTOR;
            return new Step(kind, offset, Math.min(length, ImageKind.SIZE - offset), value);
        }

        private String command() {
            return switch (kind) {
                case WRITE -> "write -P %d %d %d".formatted(value, offset, length);
                case ZERO -> "write -z %d %d".formatted(offset, length);
                case ZERO_AND_UNMAP -> "write -z -u %d %d".formatted(offset, length);
            };
        }

        @CoroutineFn
        private void apply(BlockDevice disk) throws IOException {
            if (kind == Kind.WRITE) {
                disk.write(offset, Arena.ofAuto().allocate(length).fill((byte) value), false);
            } else {
                disk.writeZeroes(offset, length, kind == Kind.ZERO_AND_UNMAP, false);
            }
        }
    }

    static Arbitrary<ImageSteps> some() {
        var kinds = Arbitraries.of(Kind.WRITE, Kind.WRITE, Kind.WRITE, Kind.ZERO, Kind.ZERO_AND_UNMAP);
        var sectors = Arbitraries.integers().between(0, ImageKind.SIZE / SECTOR - 1).withoutEdgeCases();
        var lengths = Arbitraries.of(SECTOR, 4096, 20_480, 65_536, 300 << 10);
        var values = Arbitraries.integers().between(1, 255);
        return Combinators.combine(kinds, sectors, lengths, values).as(Step::of).list().ofMinSize(1)
                .ofMaxSize(40).map(ImageSteps::new);
    }

    String[] commands() {
        return all.stream().map(Step::command).toArray(String[]::new);
    }

    void apply(byte[] model) {
        for (Step each : all) {
            byte value = each.kind == Kind.WRITE ? (byte) each.value : 0;
            Arrays.fill(model, each.offset, each.offset + each.length, value);
        }
    }

    @CoroutineFn
    void apply(BlockDevice disk) throws IOException {
        for (Step each : all) each.apply(disk);
        disk.flush();
    }

    void count() {
        for (Step each : all) Statistics.label("steps").collect(each.kind);
        Statistics.label("steps").coverage(each -> {
            for (Kind kind : Kind.values()) each.check(kind).count(times -> times > 0);
        });
    }
}
