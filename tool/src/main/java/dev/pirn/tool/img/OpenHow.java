package dev.pirn.tool.img;

import dev.pirn.block.Discard;
import dev.pirn.block.RawOptions;
import dev.pirn.block.qcow2.Follow;

/**
 * How an image is opened.
 *
 * @param format null to probe it
 * @param use what is done with it
 * @param shared whether to read it though others write to it ({@code -U})
 * @param follow which of the files that it names are opened too
 * @param cache how its file is read and written
 * @param snapshot an id or a name of one, to read the disk as it was then; null for as it is
 */
record OpenHow(Format format, Use use, boolean shared, Follow follow, CacheMode cache, String snapshot) {
    OpenHow(Format format, Use use, boolean shared, Follow follow) {
        this(format, use, shared, follow, CacheMode.writeback, null);
    }

    /** What is done with an image. */
    enum Use {
        /** Reads it. */
        READ,
        /** Writes to it too. */
        WRITE,
        /** Changes its length, or its format's tables, too. */
        CHANGE
    }

    /** To read it, with what it stands on. */
    static OpenHow toRead(Format format, Trust trust) {
        return new OpenHow(format, Use.READ, trust.shared(), trust.follow());
    }

    static OpenHow toWrite(Format format, Trust trust) {
        return new OpenHow(format, Use.WRITE, false, trust.follow());
    }

    static OpenHow toChange(Format format, Trust trust) {
        return new OpenHow(format, Use.CHANGE, false, trust.follow());
    }

    /** The same, of the image alone. */
    OpenHow alone() {
        return new OpenHow(format, use, shared, Follow.NOTHING, cache, snapshot);
    }

    /** The same, read and written so. */
    OpenHow by(CacheMode wanted) {
        return new OpenHow(format, use, shared, follow, wanted, snapshot);
    }

    /** The same, of the disk as it was in a snapshot, an id or a name; null for as it is. */
    OpenHow at(String idOrName) {
        return new OpenHow(format, use, shared, follow, cache, idOrName);
    }

    boolean readOnly() {
        return use == Use.READ;
    }

    /** How files are opened, whatever their format. */
    RawOptions ofFile() {
        return new RawOptions(readOnly(), Discard.UNMAP).with(cache.ofFile());
    }
}
