package dev.pirn.tool.img;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code img}: qemu-img's verbs. */
@Command(name = "img", synopsisSubcommandLabel = "VERB", commandListHeading = "%nVerbs:%n",
        description = "Make, convert, inspect and change disk images, with qemu-img's options.",
        footerHeading = "%n", footer = {
            "An image is a path, nbd://host[:port][/export] or nbd+unix:///[export]?socket=PATH.",
            "Without -f its format is probed.",
            "Sizes are bytes, or have a suffix k, M, G, T, P or E (powers of 1024).",
            "pirn img VERB --help tells about a verb."})
public final class Img implements Callable<Integer> {
    private static final Map<String, Class<?>> VERBS = new LinkedHashMap<>();

    static {
        VERBS.put("info", Info.class);
        VERBS.put("create", Create.class);
        VERBS.put("check", Check.class);
        VERBS.put("convert", Convert.class);
        VERBS.put("map", MapExtents.class);
        VERBS.put("compare", Compare.class);
        VERBS.put("resize", Resize.class);
        VERBS.put("snapshot", SnapshotVerb.class);
        VERBS.put("commit", Commit.class);
        VERBS.put("rebase", Rebase.class);
        VERBS.put("measure", Measure.class);
        VERBS.put("dd", Dd.class);
        VERBS.put("bench", Bench.class);
        VERBS.put("amend", Amend.class);
        VERBS.put("bitmap", Bitmap.class);
    }

    @Spec
    private CommandSpec spec;

    private Img() { }

    /** The command, with the verb that is asked for alone; with all if it is none of them. */
    public static CommandLine line(String asked) {
        var line = new CommandLine(new Img());
        boolean all = !VERBS.containsKey(asked);
        VERBS.forEach((name, verb) -> {
            if (all || name.equals(asked)) line.addSubcommand(name, verb);
        });
        // Its SIZE may be -1G, which looks like an option.
        CommandLine resize = line.getSubcommands().get("resize");
        if (resize != null) resize.setUnmatchedOptionsArePositionalParams(true);
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "no verb given");
    }
}
