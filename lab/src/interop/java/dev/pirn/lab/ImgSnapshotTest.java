package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Internal snapshots, made by qemu-img and used by {@code pirn img}, and the reverse. */
class ImgSnapshotTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws Exception {
        image = Images.qcow2(dir.resolve("disk"), "2M");
        Images.write(image, "write -P 1 0 1M");
    }

    private void qemuImg(String... arguments) throws Exception {
        Clients.run("qemu-img", arguments);
    }

    /** The first has number 2 for a name: an id too. */
    private void snapshotsOfQemu() throws Exception {
        qemuImg("snapshot", "-c", "2", image.toString());
        Images.write(image, "write -P 2 512k 1M");
        qemuImg("snapshot", "-c", "a longer name than the column is wide", image.toString());
        Images.write(image, "write -P 3 0 2M");
    }

    @Test
    void listedAsQemuDoes() throws Exception {
        Pirn.assertSame("snapshot", "-l", image.toString());
        snapshotsOfQemu();
        Pirn.assertSame("snapshot", "-l", image.toString());
        Pirn.assertSame("info", image.toString());
        String[] json = {"info", "--output=json", image.toString()};
        assertEquals(Pirn.json(Clients.run("qemu-img", json)), Pirn.json(Pirn.succeed(json)));
    }

    @Test
    void madeAppliedAndDeleted() throws Exception {
        Pirn.succeed("snapshot", "-c", "ours", image.toString());
        String listed = Clients.run("qemu-img", "snapshot", "-l", image.toString());
        assertEquals(Pirn.succeed("snapshot", "-l", image.toString()), listed);
        assertTrue(listed.contains("1         ours "), listed);
        Images.write(image, "write -P 9 0 2M");
        Pirn.succeed("snapshot", "-a", "ours", image.toString());
        qemuImg("check", image.toString());
        Images.write(image, "read -P 1 0 1M", "read -P 0 1M 1M");
        Pirn.succeed("snapshot", "-d", "ours", image.toString());
        qemuImg("check", image.toString());
        assertEquals("", Pirn.succeed("snapshot", "-l", image.toString()));
    }

    @Test
    void snapshotOfQemuIsApplied() throws Exception {
        snapshotsOfQemu();
        Pirn.succeed("snapshot", "-a", "1", image.toString());
        qemuImg("check", image.toString());
        Images.write(image, "read -P 1 0 1M", "read -P 0 1M 1M");
    }

    /** As qemu-img: by an id first, that of the second would be deleted. */
    @Test
    void deletedByItsNameFirst() throws Exception {
        snapshotsOfQemu();
        Pirn.succeed("snapshot", "-d", "2", image.toString());
        qemuImg("check", image.toString());
        Images.write(image, "read -P 3 0 2M");
        String listed = Pirn.succeed("snapshot", "-l", image.toString());
        assertTrue(listed.contains("\n2         a longer name"), listed);
        Pirn.succeed("snapshot", "-d", "2", image.toString()); // Now its id.
        qemuImg("check", image.toString());
    }

    @Test
    void snapshotThatIsNotThere() throws Exception {
        for (String deed : new String[] {"-a", "-d"}) {
            assertEquals("pirn: img snapshot: no such snapshot: " + image + ": none\n",
                    Pirn.assertSameCode(1, "snapshot", deed, "none", image.toString()));
        }
        assertTrue(Pirn.assertSameCode(1, "convert", "-l", "none", image.toString(), dir + "/copy")
                .contains("\"none\""));
        Path raw = Images.sparse(dir.resolve("raw"), 1 << 20, 1, 1);
        Pirn.assertSameCode(1, "snapshot", "-c", "a", raw.toString());
        Pirn.assertSameCode(1, "convert", "-f", "raw", "-l", "a", raw.toString(), dir + "/copy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "snapshot.id=2", "snapshot.name=2", "snapshot.id=1,snapshot.name=2"})
    void convertedAndMeasured(String snapshot) throws Exception {
        snapshotsOfQemu();
        Path theirs = dir.resolve("theirs");
        qemuImg("convert", "-O", "raw", "-l", snapshot, image.toString(), theirs.toString());
        Path ours = dir.resolve("ours");
        Pirn.succeed("convert", "-l", snapshot, image.toString(), ours.toString());
        Image.assertSame(theirs, ours);
        Pirn.assertSame("measure", "-O", "qcow2", "-l", snapshot, image.toString());
    }
}
