package dev.pirn.tool.img;

import dev.pirn.tool.Failure;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code snapshot}: the internal snapshots of an image. */
@Command(name = "snapshot", sortOptions = false,
        description = "List, make, apply or delete the snapshots of an image.")
final class Snapshot implements Callable<Integer> {
    /** What is to be done; the list if nothing is said. */
    private static final class Deed {
        @Option(names = "-l", description = "List them.")
        private boolean list;

        @Option(names = "-c", paramLabel = "NAME", description = "Make one.")
        private String made;

        @Option(names = "-a", paramLabel = "NAME", description = "Make the disk as it was in this one.")
        private String applied;

        @Option(names = "-d", paramLabel = "NAME", description = "Delete it.")
        private String deleted;

        private Deed() { }

        @Override
        public String toString() {
            if (made != null) return "-c";
            if (applied != null) return "-a";
            return deleted != null ? "-d" : "-l";
        }
    }

    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @ArgGroup
    private Deed deed = new Deed();

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Snapshot() { }

    @Override
    public Integer call() throws Failure {
        common.refuseQemuOptions();
        throw Failure.of("not built yet", deed + ": " + file);
    }
}
