package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.ImageLock;
import dev.pirn.block.StorageFile;
import dev.pirn.block.UnsupportedOptionException;
import dev.pirn.block.qcow2.BadImageException;
import dev.pirn.nbd.NbdUri;
import dev.pirn.tool.Failure;
import dev.pirn.tool.ImageFile;
import dev.pirn.tool.OtherServer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The one place that opens images, of whatever format.
 *
 * <pre>
 *   path ──▶ is it a disk? ──▶ format, by its header unless given ──▶ lock ──▶ device ──▶ locks of
 *   URI  ──▶ connected ──────▶ format, the same ───────────────────▶ device    what it
 *                                                                                         stands on
 * </pre>
 */
final class Opening {
    private Opening() { }

    /** Opens one. Suspends. */
    @CoroutineFn
    static DiskImage open(String where, OpenHow how, ThreadPool pool) throws Failure, IOException {
        NbdUri uri = DiskImage.uri(where);
        return uri != null ? openExport(where, uri, how, pool)
                : openFile(where, DiskImage.path(where), how, pool);
    }

    /** Opens the bytes that an image is in, whatever its format. Suspends. */
    @CoroutineFn
    static StorageFile bytes(String where, OpenHow how, ThreadPool pool) throws Failure, IOException {
        NbdUri uri = DiskImage.uri(where);
        if (uri != null) return StorageFile.of(OtherServer.open(uri, how.readOnly(), Discard.UNMAP));
        Path path = DiskImage.path(where);
        return pool.call(() -> StorageFile.open(path, how.ofFile(), pool));
    }

    @CoroutineFn
    private static DiskImage openExport(String where, NbdUri uri, OpenHow how, ThreadPool pool)
            throws Failure, IOException {
        BlockDevice export = OtherServer.open(uri, how.readOnly(), Discard.UNMAP);
        StorageFile bytes = StorageFile.of(export);
        BlockDevice device;
        Format format;
        try {
            format = how.format() != null ? how.format() : Probe.format(where, Probe.start(bytes));
            requireSnapshots(where, format, how);
            device = format == Format.raw ? export : Qcow2.open(bytes, null, how, pool);
        } catch (BadImageException e) {
            export.close();
            throw Failure.of("cannot be used", e.getMessage()).causedBy(e);
        } catch (Failure | IOException | RuntimeException | Error e) {
            export.close();
            throw e;
        }
        return DiskImage.of(new Layer(where, format, writingAs(how, device), null), null, how, pool);
    }

    private static void requireSnapshots(String where, Format format, OpenHow how) throws Failure {
        if (how.snapshot() == null || format == Format.qcow2) return;
        throw Failure.of(format + " images have no snapshots", where);
    }

    private static BlockDevice writingAs(OpenHow how, BlockDevice device) {
        return !how.readOnly() && how.cache().writesThrough() ? device.writingThrough() : device;
    }

    @CoroutineFn
    private static DiskImage openFile(String where, Path path, OpenHow how, ThreadPool pool)
            throws Failure, IOException {
        Held found = pool.call(() -> Held.of(where, path, how));
        BlockDevice device;
        try {
            requireSnapshots(where, found.format(), how);
            device = openDevice(path, found.format(), how, pool);
        } catch (BadImageException e) {
            giveUp(found.lock());
            throw Failure.of("cannot be used", e.getMessage()).causedBy(e);
        } catch (UnsupportedOptionException e) {
            giveUp(found.lock());
            throw Failure.of("no cache mode " + how.cache() + " here", e.getMessage()).causedBy(e)
                    .hint("writeback goes through the page cache");
        } catch (Failure | RuntimeException | Error e) {
            giveUp(found.lock());
            throw e;
        } catch (IOException e) {
            giveUp(found.lock());
            throw ImageFile.cannotOpen(path, e);
        }
        return DiskImage.of(new Layer(where, found.format(), writingAs(how, device), path), found.lock(), how,
                pool);
    }

    @CoroutineFn
    private static BlockDevice openDevice(Path path, Format format, OpenHow how, ThreadPool pool)
            throws IOException {
        if (format == Format.qcow2) return Qcow2.open(path, how, pool);
        return pool.call(() -> BlockDevice.openRaw(path, how.ofFile(), pool));
    }

    private static void giveUp(ImageLock lock) {
        if (lock != null) lock.close();
    }
}
