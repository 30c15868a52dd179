package dev.pirn.tool.img;

import dev.pirn.tool.Failure;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What every verb of {@code img} takes, and says. */
@Command
final class Common {
    @Option(names = "-q", description = "Print nothing but errors.")
    private boolean quiet;

    @Option(names = {"--object", "--image-opts"}, hidden = true, arity = "0..1",
            description = "Objects and options of QEMU's block layer; refused.")
    private String qemu;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    Common() { }

    /** Prints a line for people. */
    void tell(String line) {
        if (!quiet) out().println(line);
    }

    /** Prints lines that somebody asked for, and that {@code -q} leaves. */
    void print(String lines) {
        out().print(lines);
        out().flush();
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Says on stderr what did not keep the verb from its work. */
    void warn(String what) {
        err().println("pirn: " + spec.parent().name() + " " + spec.name() + ": warning: " + what);
    }

    boolean quiet() {
        return quiet;
    }

    /** For what is needed unless {@code -o help} is asked for, which picocli cannot know. */
    ParameterException missing(String what) {
        return misuse("missing: " + what);
    }

    ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    /** Refuses options that mean something in QEMU's words alone. */
    void refuseQemuOptions() throws Failure {
        if (qemu != null) throw Failure.of("not built", "--object, --image-opts");
    }
}
