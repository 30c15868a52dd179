package dev.pirn.tool.img;

import dev.pirn.block.qcow2.Follow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What of images, and of those who have them open, is believed. */
@Command
final class Trust {
    // Names as the command line has them.
    private enum Names {
        nothing(Follow.NOTHING), folder(Follow.FOLDER), anywhere(Follow.ANYWHERE);

        final Follow meaning;

        Names(Follow meaning) {
            this.meaning = meaning;
        }
    }

    @Option(names = {"-U", "--force-share"}, description = "Read images even while others write to them.")
    private boolean shared;

    @Option(names = "--follow", paramLabel = "WHERE", defaultValue = "folder",
            description = "Backing and data files that an image names are opened from its own folder alone, "
                    + "or: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Names follow;

    Trust() { }

    boolean shared() {
        return shared;
    }

    Follow follow() {
        return follow.meaning;
    }
}
