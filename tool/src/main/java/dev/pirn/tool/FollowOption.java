package dev.pirn.tool;

import dev.pirn.block.qcow2.Follow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which of the files that an image names are opened. */
@Command
public final class FollowOption {
    // Names as the command line has them.
    private enum Names {
        nothing(Follow.NOTHING), folder(Follow.FOLDER), anywhere(Follow.ANYWHERE);

        final Follow meaning;

        Names(Follow meaning) {
            this.meaning = meaning;
        }
    }

    @Option(names = "--follow", paramLabel = "WHERE", defaultValue = "folder",
            description = "Backing and data files that an image names are opened from its own folder alone, "
                    + "or: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}). anywhere opens other servers' "
                    + "exports, too.")
    private Names follow;

    private FollowOption() { }

    /** What was asked for. */
    public Follow meaning() {
        return follow.meaning;
    }
}
