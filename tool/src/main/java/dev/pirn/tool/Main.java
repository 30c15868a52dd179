package dev.pirn.tool;

import dev.pirn.block.qcow2.BadImageException;
import dev.pirn.tool.img.Img;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
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
        synopsisSubcommandLabel = "VERB", commandListHeading = "%nVerbs:%n", footerHeading = "%n",
        footer = "pirn VERB --help tells about a verb.")
public final class Main implements Callable<Integer> {
    /** The verb did what it was asked. */
    public static final int OK = 0;
    /** It could not, or found what it looked for to be wrong. */
    public static final int FAILED = 1;
    /** It was not asked in a way that it understands. */
    public static final int USAGE = 2;

    private static final Map<String, Class<?>> VERBS = new LinkedHashMap<>();

    static {
        VERBS.put("serve", Serve.class);
        VERBS.put("img", Img.class);
        VERBS.put("check-coroutine", CheckCoroutine.class);
        VERBS.put("trace", Trace.class);
        VERBS.put("completion", Completion.class);
        VERBS.put("train", Train.class);
    }

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
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        if (args.length == 1 && args[0].equals("--version")) { // Asked by scripts; needs none of picocli.
            out.println(versionLine());
            return OK;
        }
        var main = new Main();
        CommandLine line = withVerbs(main, args);
        return line.setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, verb, parsed) -> main.failed(verb, e))
                .setParameterExceptionHandler((e, given) -> main.misused(e))
                .execute(args);
    }

    /** With the one that is asked for alone: the reflection on all takes longer than most verbs. */
    private static CommandLine withVerbs(Main main, String[] args) {
        var line = new CommandLine(main);
        String first = args.length == 0 ? "" : args[0];
        // All for who lists or completes them, and to say what a word may have meant.
        boolean all = !VERBS.containsKey(first) || first.equals("completion");
        VERBS.forEach((name, verb) -> {
            if (!all && !name.equals(first)) return;
            if (verb == Img.class) line.addSubcommand(name, Img.line(all || args.length < 2 ? "" : args[1]));
            else line.addSubcommand(name, verb);
        });
        return line;
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
        int code = FAILED;
        String hint = null;
        String what;
        if (e instanceof Failure failure) {
            code = failure.code();
            what = failure.getMessage();
            hint = failure.hint();
        } else if (e instanceof BadImageException) {
            what = "cannot be done: " + e.getMessage();
        } else if (e instanceof IOException) {
            what = "input or output failed: " + e.getMessage();
        } else {
            what = "internal error: " + e;
            if (!debug) hint = "--debug shows where";
        }
        complain(err, name(verb), what, hint);
        if (debug) e.printStackTrace(err);
        return code;
    }

    /** As it was typed, without {@code pirn}: {@code img info}. */
    private static String name(CommandLine verb) {
        CommandLine parent = verb.getParent();
        return parent == null ? "command line"
                : parent.getParent() == null ? verb.getCommandName()
                : name(parent) + " " + verb.getCommandName();
    }

    private int misused(ParameterException e) {
        CommandLine at = e.getCommandLine();
        complain(at.getErr(), name(at), Misuse.text(e), Misuse.hint(e));
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
