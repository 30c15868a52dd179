package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Says where guest bytes stand, in an image or below it. Nobody changes what is looked at, while it is. */
final class Mappings {
    private final Image image;

    Mappings(Image image) {
        this.image = image;
    }

    /** Has the tables for a range in memory. Suspends. */
    @CoroutineFn
    void load(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) { // The system reads the data ahead by itself.
            done += find(offset + done, length - done, false).length();
        }
    }

    @CoroutineFn
    List<Extent> extents(long offset, long length, int countMax) throws IOException {
        var extents = new ArrayList<Extent>();
        for (long done = 0; done < length && extents.size() < countMax; ) {
            Mapping next = at(offset + done, length - done, false);
            extents.add(new Extent(next.length(), !next.isPresent(), next.isZero()));
            done += next.length();
        }
        return extents;
    }

    /**
     * What begins at {@code offset} and goes on alike. Suspends.
     *
     * @param placed whether to say where zeroes stand that have a place, too, and then by places
     */
    @CoroutineFn
    Mapping at(long offset, long length, boolean placed) throws IOException {
        ClusterMap.Run run = find(offset, length, placed);
        return switch (run.kind()) {
            case DATA -> new Mapping(run.length(), 0, false, true, run.at(), false);
            case COMPRESSED -> new Mapping(run.length(), 0, false, true, Mapping.NOWHERE, true);
            case UNALLOCATED -> below(offset, run.length(), placed);
            default -> new Mapping(run.length(), 0, true, true, run.at(), false);
        };
    }

    @CoroutineFn
    private ClusterMap.Run find(long offset, long length, boolean placed) throws IOException {
        InFlight.Range range = image.inFlight().share(offset, offset + length);
        try {
            return placed ? image.map().findPlaced(offset, length) : image.map().find(offset, length);
        } finally {
            image.inFlight().leave(range);
        }
    }

    @CoroutineFn
    private Mapping below(long offset, long length, boolean placed) throws IOException {
        ImageReader.Guest guest = image.guest();
        long there = guest.backingSize() - offset;
        if (there <= 0) return new Mapping(length, 0, true, false, Mapping.NOWHERE, false);
        long inside = Math.min(length, there);
        if (guest.backing() == null) return new Mapping(inside, 1, false, true, Mapping.NOWHERE, false);
        if (guest.backing().driver() instanceof Qcow2Image below) {
            return below.mappings().at(offset, inside, placed).below();
        }
        Extent extent = guest.backing().extents(offset, inside, 1).getFirst();
        return new Mapping(extent.length(), 1, extent.isZero(), !extent.isHole(),
                extent.isHole() ? Mapping.NOWHERE : offset, false);
    }
}
