import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import dev.pirn.block.qcow2.Qcow2Creation;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes a qcow2 image of a gigabyte, writes two lines into it, and walks over what a guest would find. */
public class WalkQcow2 {
    static final long GIB = 1L << 30;

    public static void main(String[] arguments) throws Exception {
        Path path = Files.createTempDirectory("walk").resolve("disk.qcow2");
        try (var loop = EventLoop.open("main"); var pool = ThreadPool.of("disk", 4)) {
            loop.<Void, Exception>run("walk", () -> {
                new Qcow2Creation(GIB).create(path, pool);
                try (BlockDevice disk = open(path, Qcow2Options.DEFAULT, pool)) {
                    write(disk, 0, "first line of the disk");
                    write(disk, GIB / 2, "a line in its middle");
                    disk.flush();                     // the tables, too, are in the file now
                }
                try (BlockDevice disk = open(path, Qcow2Options.DEFAULT.asReadOnly(), pool)) {
                    walk(disk);
                }
                return null;
            });
        }
        System.out.println("the file: " + Files.size(path) / 1024 + " KiB");
        Files.delete(path);
        Files.delete(path.getParent());
    }

    @CoroutineFn
    static BlockDevice open(Path path, Qcow2Options options, ThreadPool pool) throws Exception {
        return BlockDevice.of("disk", Qcow2Image.open(path, options, pool), options.readOnly());
    }

    @CoroutineFn
    static void write(BlockDevice disk, long offset, String line) throws Exception {
        disk.write(offset, MemorySegment.ofArray(line.getBytes(StandardCharsets.US_ASCII)), false);
    }

    /** What nobody wrote to costs a look at a table, and no read. */
    @CoroutineFn
    static void walk(BlockDevice disk) throws Exception {
        MemorySegment start = Arena.ofAuto().allocate(24);
        long zeroes = 0;
        for (long at = 0; at < disk.size(); ) {
            Extent extent = disk.extents(at, disk.size() - at, 1).getFirst();
            if (extent.isZero()) {
                zeroes += extent.length();
            } else {
                disk.read(at, start);
                String text = new String(start.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
                System.out.println(zeroes + " zeroes, " + extent.length() + " bytes: " + text.trim());
                zeroes = 0;
            }
            at += extent.length();
        }
        System.out.println(zeroes + " zeroes");
    }
}
