package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.qcow2.Snapshot;
import dev.pirn.block.qcow2.Snapshots;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code snapshot}: the internal snapshots of an image. */
@Command(name = "snapshot", sortOptions = false,
        description = "List, make, apply or delete the snapshots of an image.")
final class SnapshotVerb implements Callable<Integer> {
    /** What is to be done; the list if nothing is said. */
    private static final class Deed {
        @Option(names = "-l", description = "List them.")
        private boolean list;

        @Option(names = "-c", paramLabel = "NAME", description = "Make one.")
        private String made;

        @Option(names = "-a", paramLabel = "NAME",
                description = "Make the disk as it was in this one, an id or a name.")
        private String applied;

        @Option(names = "-d", paramLabel = "NAME", description = "Delete it, a name or an id.")
        private String deleted;

        private Deed() { }

        boolean changes() {
            return made != null || applied != null || deleted != null;
        }
    }

    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @ArgGroup
    private Deed deed = new Deed();

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private SnapshotVerb() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        return Work.run(this::run);
    }

    @CoroutineFn
    private Integer run(Work work) throws Failure, IOException {
        var how = deed.changes() ? OpenHow.toChange(format, trust) : OpenHow.toRead(format, trust);
        DiskImage image = work.open(file, how.alone()); // What it stands on has no part in this.
        if (image.qcow2() == null) {
            if (deed.changes()) throw Failure.of("raw images have no snapshots", file);
            return Main.OK;
        }
        Snapshots snapshots = image.qcow2().snapshots();
        if (deed.made != null) make(snapshots);
        else if (deed.applied != null) apply(image, snapshots);
        else if (deed.deleted != null) snapshots.delete(toDelete(snapshots.list()));
        else common.print(new SnapshotList(snapshots.list()).text());
        return Main.OK;
    }

    @CoroutineFn
    private void make(Snapshots snapshots) throws Failure, IOException {
        try {
            snapshots.create(deed.made, Instant.now());
        } catch (IllegalArgumentException e) {
            throw Failure.of("cannot be called so", e.getMessage()).withCode(Main.USAGE);
        }
    }

    @CoroutineFn
    private void apply(DiskImage image, Snapshots snapshots) throws Failure, IOException {
        try {
            snapshots.apply(found(snapshots.find(deed.applied), deed.applied));
        } finally {
            image.measureAnew();
        }
    }

    /** By its name first, as QEMU does: else a script that deletes by names could delete another one. */
    private Snapshot toDelete(List<Snapshot> among) throws Failure {
        for (Snapshot each : among) {
            if (each.name().equals(deed.deleted)) return each;
        }
        for (Snapshot each : among) {
            if (each.id().equals(deed.deleted)) return each;
        }
        return found(null, deed.deleted);
    }

    private Snapshot found(Snapshot snapshot, String idOrName) throws Failure {
        if (snapshot == null) throw Failure.of("no such snapshot", file + ": " + idOrName);
        return snapshot;
    }
}
