package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries that lead into what bitmaps have: a write must not hit it, or they are lost. */
class BitmapAreasTest {
    @TempDir(factory = InMemory.class)
    private Path folder;
    private BadImage image;
    private long directory;
    private long directoryAt;

    @BeforeEach
    void make() throws Exception {
        image = BadImage.make(folder);
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

    @AfterEach
    void close() {
        image.close();
    }

    private void notWritten(long place) throws Exception {
        image.set64(BadImage.L2, place | L2Entry.COPIED);
        long before = image.get64(place);
        String said = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                return assertThrows(BadImageException.class, () -> disk.write(0, TwoSnapshots.filled(512)))
                        .getMessage();
            }
        });
        assertEquals(image.path + ": data at [" + place + ", +512) would overwrite the bitmap directory, or "
                + "the table of a bitmap: the image is damaged", said);
        assertEquals(before, image.get64(place));
    }

    @Test
    void dataWhereTheDirectoryIs() throws Exception {
        notWritten(directory);
    }

    @Test
    void dataWhereATableIs() throws Exception {
        notWritten(image.get64(directory));
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
