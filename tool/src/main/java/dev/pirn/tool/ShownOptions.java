package dev.pirn.tool;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a server: what of a qcow2 image it shows, beside its disk. */
final class ShownOptions {
    @Option(names = {"-l", "--load-snapshot", "--snapshot"}, paramLabel = "SNAPSHOT",
            description = "Serve the disk as it was in this snapshot of FILE, an id or a name; read-only.")
    private String snapshot;

    @Option(names = {"-B", "--bitmap"}, paramLabel = "NAME",
            description = "Let clients ask what this bitmap has, of FILE or else of the first of its backing "
                    + "files with one of that name (qemu:dirty-bitmap:NAME); may be given again.")
    private List<String> bitmaps = List.of();

    @Option(names = {"-A", "--allocation-depth"},
            description = "Let clients ask how deep in FILE's backing chain data is (qemu:allocation-depth).")
    private boolean allocationDepth;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Refuses what raw images have not, and bitmaps of a disk as it was. */
    void check(boolean isQcow2) {
        if (snapshot != null && !isQcow2) {
            throw misuse("--load-snapshot needs --format qcow2 and a FILE: " + snapshot);
        }
        if (!bitmaps.isEmpty() && (!isQcow2 || snapshot != null)) {
            throw misuse("--bitmap needs --format qcow2, and no snapshot: " + bitmaps.getFirst());
        }
    }

    private ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    /** Whether it is a disk as it was: nobody writes to that. */
    boolean isSnapshot() {
        return snapshot != null;
    }

    /** Says so to those that are to be opened. */
    void apply(Images images) {
        images.show(snapshot);
        images.tell(bitmaps, allocationDepth);
    }
}
