package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/**
 * Opens files: by what there is, and as the options have it.
 *
 * <pre>
 *   no native access, no Linux, a file system of Java's ─────▶ ChannelFile
 *   cache writeback ─────────────────────────────────────────▶ NativeFile ──┬─▶ RingIo, else PoolIo
 *   cache none ──▶ DirectFile, of two: the file with O_DIRECT, and its end ─┘
 * </pre>
 *
 * <p>Each opens the file by its name once: a second time it could be another.
 *
 * @param isNative whether {@link LinuxFile} is available
 */
record RawFiles(boolean isNative, Rings rings) {
    /** As this machine and its user have it. */
    static RawFiles ofSystem() {
        return new RawFiles(LinuxFile.isAvailable(), Rings.SYSTEM);
    }

    /** Opens one whose end stays where it is. */
    @NoCoroutineFn
    RawFile open(Path path, RawOptions options, ThreadPool pool) throws IOException {
        return open(path, options, pool, false);
    }

    /** Opens one that grows; past the page cache by whole blocks of the disk. */
    @NoCoroutineFn
    RawFile openToGrow(Path path, RawOptions options, ThreadPool pool) throws IOException {
        return open(path, options, pool, true);
    }

    @NoCoroutineFn
    private RawFile open(Path path, RawOptions options, ThreadPool pool, boolean grows) throws IOException {
        if (!isNative || path.getFileSystem() != FileSystems.getDefault()) {
            refuse(path, options);
            return ChannelFile.open(path, options.readOnly(), pool);
        }
        AsyncIo io = io(options, new PoolIo(pool));
        LinuxFile file = LinuxFile.open(path, options.readOnly());
        var cached = NativeFile.cached(path, file, io, pool, options.writesInPool());
        if (options.cache() != CacheMode.NONE) return cached;
        try {
            return openDirect(path, options, file, cached, io, pool, grows);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static DirectFile openDirect(Path path, RawOptions options, LinuxFile file, NativeFile cached,
            AsyncIo io, ThreadPool pool, boolean grows) throws IOException {
        LinuxFile again = file.reopenDirect(path, options.readOnly());
        try {
            Alignment alignment = again.alignment(path);
            var direct = NativeFile.direct(path, again, io, pool, alignment.offset());
            return new DirectFile(direct, cached, alignment, grows);
        } catch (IOException | RuntimeException e) {
            again.close();
            throw e;
        }
    }

    private static void refuse(Path path, RawOptions options) throws UnsupportedOptionException {
        String why = path + ": needs Linux, and native access for dev.pirn.block (--enable-native-access)";
        if (options.engine() == Engine.URING) throw new UnsupportedOptionException(Engine.URING, why);
        if (options.cache() == CacheMode.NONE) throw new UnsupportedOptionException(CacheMode.NONE, why);
    }

    private AsyncIo io(RawOptions options, PoolIo pool) throws UnsupportedOptionException {
        boolean direct = options.cache() == CacheMode.NONE;
        boolean ring = switch (options.engine()) {
            case NIO -> false;
            // Without a page cache a pool costs three times the CPU; with one, a hit needs neither.
            case AUTO -> rings.areAvailable(direct ? System.Logger.Level.WARNING : System.Logger.Level.INFO);
            case URING -> {
                require();
                yield true;
            }
        };
        return ring ? new RingIo(rings, pool, direct) : pool;
    }

    private void require() throws UnsupportedOptionException {
        try {
            rings.require();
        } catch (RingUnavailable e) {
            throw new UnsupportedOptionException(Engine.URING, e.getMessage());
        }
    }
}
