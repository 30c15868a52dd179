package dev.pirn.tool;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code completion}: a script that makes a shell complete verbs, options and their values. */
@Command(name = "completion", description = "Print a completion script for bash and zsh.",
        footerHeading = "%n", footer = "Use it with: source <(pirn completion)")
final class Completion implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    private Completion() { }

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        spec.commandLine().getOut().println(AutoComplete.bash(root.getCommandName(), root));
        return Main.OK;
    }
}
