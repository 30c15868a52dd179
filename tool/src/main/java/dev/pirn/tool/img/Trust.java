package dev.pirn.tool.img;

import dev.pirn.block.qcow2.Follow;
import dev.pirn.tool.FollowOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What of images, and of those who have them open, is believed. */
@Command
final class Trust {
    @Option(names = {"-U", "--force-share"}, description = "Read images even while others write to them.")
    private boolean shared;

    @Mixin
    private FollowOption follow;

    Trust() { }

    boolean shared() {
        return shared;
    }

    Follow follow() {
        return follow.meaning();
    }
}
