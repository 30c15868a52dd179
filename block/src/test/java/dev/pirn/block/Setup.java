package dev.pirn.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The ways in which a file's bytes come and go; what holds for one must for all. */
public enum Setup {
    /** As on systems that are not Linux, or without native access. */
    JDK(Engine.AUTO, CacheMode.WRITEBACK),
    NIO(Engine.NIO, CacheMode.WRITEBACK),
    URING(Engine.URING, CacheMode.WRITEBACK),
    NIO_DIRECT(Engine.NIO, CacheMode.NONE),
    URING_DIRECT(Engine.URING, CacheMode.NONE);

    private final Engine engine;
    private final CacheMode cache;

    Setup(Engine engine, CacheMode cache) {
        this.engine = engine;
        this.cache = cache;
    }

    /** Those that this machine's kernel, and the file system of its temporary files, have. */
    public static List<Setup> available() {
        return Arrays.stream(values()).filter(Setup::isAvailable).toList();
    }

    /** Those of {@link #available} that know holes. */
    public static List<Setup> natives() {
        return available().stream().filter(each -> each != JDK).toList();
    }

    private boolean isAvailable() {
        if (this == JDK) return true;
        try {
            Path probe = Files.createTempFile("pirn", ".img");
            try {
                if (engine == Engine.URING) Rings.SYSTEM.require();
                files().open(probe, of(RawOptions.DEFAULT), null).close();
                return true;
            } finally {
                Files.delete(probe);
            }
        } catch (IOException e) {
            return false;
        }
    }

    RawFiles files() {
        return new RawFiles(this != JDK && LinuxFile.isAvailable(), Rings.SYSTEM);
    }

    /** The same, with its engine and cache mode. */
    public RawOptions of(RawOptions options) {
        return options.with(engine).with(cache);
    }
}
