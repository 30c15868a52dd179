package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images that name other files, or lead to compressed clusters, to do harm. */
@SmallMemory
class BadNameTest {
    private static final int AT_BACKING = 8;

    @RegisterExtension
    private final BadImage image = new BadImage();

    private BadImage named(String name) throws Exception {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return image.setBytes(2048, bytes).set64(AT_BACKING, 2048).set32(16, bytes.length);
    }

    private void notFollowed(String name) throws Exception {
        named(name);
        IOException e = assertThrows(IOException.class,
                () -> image.with(Qcow2Options.DEFAULT.asReadOnly(), Qcow2Image::size));
        assertTrue(e.getMessage().contains(name) && e.getMessage().contains("not followed"), e.toString());
        assertEquals(name, image.with(Qcow2Options.DEFAULT.asReadOnly().withFollow(Follow.NOTHING),
                Qcow2Image::backingName));
        assertTrue(image.check().isClean());
    }

    @Test
    void backingFileInJson() throws Exception {
        notFollowed("json:{\"driver\":\"raw\",\"file\":{\"filename\":\"/etc/passwd\"}}");
    }

    @Test
    void backingFileOverNbd() throws Exception {
        notFollowed("nbd://example.com/");
    }

    @Test
    void backingFileElsewhere() throws Exception {
        notFollowed("/etc/passwd");
    }

    @Test
    void backingFileThroughTheFolderAbove() throws Exception {
        notFollowed("../../../../../../etc/passwd");
    }

    @Test
    void backingFileWithAZeroInItsName() throws Exception {
        named("a\0b");
        IOException e = assertThrows(IOException.class,
                () -> image.with(Qcow2Options.DEFAULT.asReadOnly(), Qcow2Image::size));
        assertTrue(e.getMessage().contains("no name of a file"), e.toString());
    }

    @Test
    void nameThatDoesNotEnd() throws Exception {
        image.set64(AT_BACKING, 4000).set32(16, 1000).refusedByAll("offset 4000, not in the first cluster");
        image.set64(AT_BACKING, 2048).set32(16, -1).refusedByAll("4294967295 bytes");
        image.set64(AT_BACKING, -8).set32(16, 8).refusedByAll("at offset 18446744073709551608");
    }

    @Test
    void imageThatIsItsOwnBackingFile() throws Exception {
        named("bad.qcow2");
        IOException e = assertThrows(IOException.class,
                () -> image.with(Qcow2Options.DEFAULT.asReadOnly(), Qcow2Image::size));
        assertTrue(e.getMessage().contains("lead back to itself"), e.toString());
    }

    private void lay(String name, String upon) throws Exception {
        image.in(() -> {
            Path path = image.path.resolveSibling(name);
            new Qcow2Creation(SIZE).clusterSize(512).backing(upon, "qcow2").create(path, image.pool());
            return null;
        });
    }

    @Test
    void imagesThatAreEachOthersBackingFile() throws Exception {
        lay("bad.qcow2", "other.qcow2");
        lay("other.qcow2", "bad.qcow2");
        IOException e = assertThrows(IOException.class,
                () -> image.with(Qcow2Options.DEFAULT.asReadOnly(), Qcow2Image::size));
        assertTrue(e.getMessage().contains("lead back to itself"), e.toString());
    }

    @Test
    void hundredsOfBackingFilesOneBehindTheOther() throws Exception {
        lay("bad.qcow2", "link-0000");
        String link = Files.readString(image.path, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 300; i++) {
            String next = link.replace("link-0000", "link-%04d".formatted(i + 1));
            Path path = image.path.resolveSibling("link-%04d".formatted(i));
            Files.writeString(path, next, StandardCharsets.ISO_8859_1);
        }
        IOException e = assertThrows(IOException.class,
                () -> image.with(Qcow2Options.DEFAULT.asReadOnly(), Qcow2Image::size));
        assertTrue(e.getMessage().contains("more than 200 backing files"), e.toString());
    }

    @Test
    void dataFileThatIsNotFollowedIsNotWrittenTo() throws Exception {
        image.in(() -> {
            ordinary().dataFile("data.img", false).create(image.path, image.pool());
            var how = Qcow2Options.DEFAULT.withFollow(Follow.NOTHING);
            try (var disk = Qcow2Image.open(image.path, how, image.pool())) {
                assertThrows(BadImageException.class, () -> disk.write(0, Arena.ofAuto().allocate(512)));
                assertThrows(BadImageException.class, () -> disk.writeZeroes(0, 512, false));
            }
            return null;
        });
    }

    private void unreadable(String... parts) throws Exception {
        IOException e = assertThrows(IOException.class, () -> image.read(0, CLUSTER));
        for (String each : parts) assertTrue(e.getMessage().contains(each), e.toString());
    }

    @Test
    void compressedClusterOfZeroes() throws Exception {
        image.set64(L2, L2Entry.COMPRESSED | DATA + FILLED - CLUSTER).set64(DATA + FILLED - CLUSTER, 0);
        unreadable("the compressed cluster for guest offset 0", "deflate");
    }

    @Test
    void compressedClusterThatIsTooShort() throws Exception {
        // A stored block of one byte, the last.
        image.set64(L2, L2Entry.COMPRESSED | DATA).setBytes(DATA, new byte[] {1, 1, 0, -2, -1, 'x'});
        unreadable("the compressed cluster for guest offset 0, at [20480, +512)", "expands to 1 bytes");
    }

    @Test
    void compressedClusterThatExpandsBeyondTheCluster() throws Exception {
        byte[] much = new byte[100 * CLUSTER];
        Arrays.fill(much, (byte) 7);
        var deflater = new java.util.zip.Deflater(9, true);
        deflater.setInput(much);
        deflater.finish();
        byte[] small = new byte[CLUSTER];
        int length = deflater.deflate(small);
        deflater.end();
        image.setBytes(DATA, small);
        image.set64(L2, CompressedCluster.word(DATA, length, 12));
        assertArrayEquals(Arrays.copyOf(much, CLUSTER), image.read(0, CLUSTER)); // No more is looked at.
    }

    @Test
    void compressedClusterBehindTheEnd() throws Exception {
        image.set64(L2, L2Entry.COMPRESSED | 1L << 50);
        unreadable("stands at 1125899906842624, but the file ends at");
    }

    @Test
    void guestClusterWithoutAMultipleOfTheCluster() throws Exception {
        image.set64(L2, COPIED | DATA + 512);
        unreadable("the cluster for guest offset 0 stands at 20992, not a multiple");
    }
}
