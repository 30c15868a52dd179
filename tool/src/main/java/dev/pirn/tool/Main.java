package dev.pirn.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code pirn}: finds the verb, and turns what it throws into one line and an exit code. */
@Command(name = "pirn", description = "Coroutines, and the disks that they serve.",
        subcommands = {Serve.class, CheckCoroutine.class, Trace.class, Completion.class},
        synopsisSubcommandLabel = "VERB", commandListHeading = "%nVerbs:%n", footerHeading = "%n",
        footer = "pirn VERB --help tells about a verb.")
public final class Main implements Callable<Integer> {
    /** The verb did what it was asked. */
    static final int OK = 0;
    /** It could not, or found what it looked for to be wrong. */
    static final int FAILED = 1;
    /** It was not asked in a way that it understands. */
    static final int USAGE = 2;

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @Option(names = {"-V", "--version"}, description = "Show the version.")
    private boolean version;

    private boolean debug;

    @Spec
    private CommandSpec spec;

    private Main() { }

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces of errors.")
    private void debug(boolean wanted) {
        debug = wanted;
        StderrLoggers.debug = wanted;
    }

    /** Runs the command line and ends the JVM with its exit code. */
    public static void main(String... args) {
        int code = run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
        // Not by falling out of main: a thread that somebody forgot must not keep a finished command alive.
        System.exit(code);
    }

    /** Runs the command line in this thread, as {@link #main} does, and returns the exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        if (args.length == 1 && args[0].equals("--version")) { // Asked by scripts; needs none of picocli.
            out.println(versionLine());
            return OK;
        }
        var main = new Main();
        return new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, verb, parsed) -> main.failed(verb, e))
                .setParameterExceptionHandler((e, given) -> main.misused(e))
                .execute(args);
    }

    @Override
    public Integer call() {
        if (!version) throw new ParameterException(spec.commandLine(), "no verb given");
        spec.commandLine().getOut().println(versionLine());
        return OK;
    }

    private static String versionLine() {
        Module self = Main.class.getModule();
        return "pirn " + self.getDescriptor().rawVersion().orElse("of no version");
    }

    private int failed(CommandLine verb, Exception e) {
        PrintWriter err = verb.getErr();
        String hint = null;
        String what;
        if (e instanceof Failure failure) {
            what = failure.getMessage();
            hint = failure.hint();
        } else if (e instanceof IOException) {
            what = "input or output failed: " + e.getMessage();
        } else {
            what = "internal error: " + e;
            if (!debug) hint = "--debug shows where";
        }
        complain(err, verb.getCommandName(), what, hint);
        if (debug) e.printStackTrace(err);
        return FAILED;
    }

    private int misused(ParameterException e) {
        CommandLine at = e.getCommandLine();
        String verb = at.getParent() == null ? "command line" : at.getCommandName();
        complain(at.getErr(), verb, Misuse.text(e), Misuse.hint(e));
        if (debug) e.printStackTrace(at.getErr());
        return USAGE;
    }

    private static void complain(PrintWriter err, String who, String what, String hint) {
        err.println(oneLine("pirn: " + who + ": " + what));
        if (hint != null) err.println(oneLine("hint: " + hint));
    }

    /** A file may be called anything: its name must not make two lines of one, nor speak to the terminal. */
    static String oneLine(String text) {
        var line = new StringBuilder(text.length());
        text.codePoints().forEach(each -> {
            if (Character.isISOControl(each)) {
                line.append("\\x%02x".formatted(each));
            } else {
                line.appendCodePoint(each);
            }
        });
        return line.toString();
    }
}
