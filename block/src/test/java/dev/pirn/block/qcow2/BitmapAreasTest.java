package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Entries that lead into what bitmaps have: a write must not hit it, or they are lost. */
class BitmapAreasTest {
    @RegisterExtension
    private final BadImage image = new BadImage();
    private long directory;
    private long directoryAt;

    @BeforeEach
    void make() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().add("b", 4096, false);
            }
            return null;
        });
        long at = 112;
        while (image.get64(at) >>> 32 != HeaderExtension.BITMAPS) {
            at += 8 + ((image.get64(at) & 0xffff_ffffL) + 7 & ~7);
        }
        directoryAt = at + 24;
        directory = image.get64(directoryAt);
    }

    private void notWritten(long place) throws Exception {
        notWritten(place, MetadataAreas.Kind.BITMAP);
    }

    private void notWritten(long place, MetadataAreas.Kind what) throws Exception {
        image.set64(BadImage.L2, place | L2Entry.COPIED);
        long before = image.get64(place);
        String said = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                return assertThrows(BadImageException.class, () -> disk.write(0, TwoSnapshots.filled(512)))
                        .getMessage();
            }
        });
        assertEquals(image.path + ": data at [" + place + ", +512) would overwrite " + what.label
                + ": the image is damaged", said);
        assertEquals(before, image.get64(place));
    }

    private void write(int offset) throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                note(disk, offset);
            }
            return null;
        });
        directory = image.get64(directoryAt);
    }

    @CoroutineFn
    private static void note(Qcow2Image disk, int offset) throws IOException {
        disk.bitmaps().setAuto("b", true);
        disk.write(offset, TwoSnapshots.filled(512));
        disk.bitmaps().setAuto("b", false);
    }

    @Test
    void dataWhereTheDirectoryIs() throws Exception {
        notWritten(directory);
    }

    @Test
    void dataWhereATableIs() throws Exception {
        notWritten(image.get64(directory));
    }

    /** One that notes nothing is not looked at otherwise, and would say what the guest wrote there. */
    @Test
    void dataWhereBitsAre() throws Exception {
        write(0);
        notWritten(image.get64(image.get64(directory)), MetadataAreas.Kind.BITS);
    }

    /** A cluster that is counted as free, but is the guest's too, is where bits are stored. */
    @Test
    void dataWhereBitsHaveBeenStored() throws Exception {
        byte[] before = Files.readAllBytes(image.path);
        write(0);
        long bits = image.get64(image.get64(directory));
        Files.write(image.path, before);
        image.set64(BadImage.L2 + 8, bits | L2Entry.COPIED);
        String said = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                note(disk, 0);
                return assertThrows(BadImageException.class,
                        () -> disk.write(BadImage.CLUSTER, TwoSnapshots.filled(512))).getMessage();
            }
        });
        assertEquals(image.path + ": data at [" + bits + ", +512) would overwrite the bits of a bitmap: the "
                + "image is damaged", said);
    }

    /** Clusters that bits had are anybody's again. */
    @Test
    void dataWhereBitsWere() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().setAuto("b", true);
                for (int i = 0; i < 20; i++) {
                    disk.write(BadImage.FILLED + i * BadImage.CLUSTER, TwoSnapshots.filled(BadImage.CLUSTER));
                    disk.finish();
                    if (i % 4 == 0) disk.bitmaps().clear("b");
                }
                assertTrue(disk.check().isClean());
            }
            return null;
        });
    }

    /** Many runs of clusters could be named by a small file, and each takes memory. */
    @Test
    void runsOfBitsThatAreRemembered() throws Exception {
        var areas = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                return new MetadataAreas(disk.header());
            }
        });
        long step = 2 * BadImage.CLUSTER;
        for (int i = 1; i <= MetadataAreas.BITS_RUNS_MAX + 1; i++) {
            areas.add(MetadataAreas.Kind.BITS, BadImage.DATA + i * step, BadImage.CLUSTER);
        }
        long last = BadImage.DATA + MetadataAreas.BITS_RUNS_MAX * step;
        assertEquals(MetadataAreas.Kind.BITS, areas.overlap(last, 1, null));
        assertEquals(null, areas.overlap(last + step, 1, null));
        areas.remove(last, BadImage.CLUSTER);
        assertEquals(null, areas.overlap(last, 1, null));
        areas.add(MetadataAreas.Kind.BITS, last + step, BadImage.CLUSTER);
        assertEquals(MetadataAreas.Kind.BITS, areas.overlap(last + step, 1, null));
    }

    /** Else the flag that it is in use would be written there. */
    @Test
    void directoryThatIsTheRefcountTable() throws Exception {
        for (int i = 8; i < 32; i += 8) image.set64(BadImage.TABLE + i, image.get64(directory + i));
        image.set32(BadImage.TABLE + BitmapEntry.FLAGS_AT, BitmapEntry.AUTO);
        image.set64(directoryAt, BadImage.TABLE);
        long before = image.get64(BadImage.TABLE + 8);
        String said = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                return assertThrows(BadImageException.class, () -> disk.write(0, TwoSnapshots.filled(512)))
                        .getMessage();
            }
        });
        assertEquals(image.path + ": the bitmap directory, or the table of a bitmap at [4108, +4) would "
                + "overwrite the refcount table: the image is damaged", said);
        assertEquals(before, image.get64(BadImage.TABLE + 8));
    }

    @Test
    void areasThatOverlap() throws Exception {
        var areas = new MetadataAreas(image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                return disk.header();
            }
        }));
        areas.setBitmaps(List.of(new Area(BadImage.L1, 24), new Area(BadImage.L1 + 8, 8),
                new Area(BadImage.DATA, 4096)));
        assertEquals(MetadataAreas.Kind.L1_TABLE, areas.overlap(BadImage.L1, 4, MetadataAreas.Kind.BITMAP));
        assertEquals(MetadataAreas.Kind.BITMAP, areas.overlap(BadImage.L1, 8, MetadataAreas.Kind.L1_TABLE));
        assertEquals(MetadataAreas.Kind.BITMAP, areas.overlap(BadImage.DATA + 4095, 1, null));
        assertEquals(null, areas.overlap(BadImage.DATA + 4096, 1, null));
    }
}
