package dev.pirn.weaver;

import dev.pirn.weaver.Message.Severity;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The command line: {@code java -jar pirn-weaver.jar weave target/classes}. */
public final class Main {
    // Not a library of options: the same jar is an agent, and must bring nothing into a program's class path.

    private static final String USAGE = """
            usage: java -jar pirn-weaver.jar weave [--hybrid] [--class-path PATH] [--verbose] DIR...
                   java -jar pirn-weaver.jar check [--class-path PATH] [--verbose] DIR...
                   java -javaagent:pirn-weaver.jar ...

            weave   has the coroutine functions in folders of classes suspend by returning; in place, and
                    only in classes that have changed since the last time
            check   finds coroutine functions that are called where none may be, and those that block

              --class-path PATH  folders and jars with what the classes use; also -cp
              --hybrid           what cannot be woven is let be, with a warning
              --verbose          says what was done
              --help             this
              --version          the version

            Messages are written to stderr as compilers write them. Exit status: 0; 1 if there was an error;
            2 if nothing was tried.
            """;

    private final PrintStream out;
    private final PrintStream err;

    private Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Does what {@code arguments} ask for, and exits. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    /** Returns the exit status. */
    static int run(String[] arguments, PrintStream out, PrintStream err) {
        return new Main(out, err).run(arguments);
    }

    private int run(String[] arguments) {
        Arguments parsed;
        try {
            parsed = Arguments.of(List.of(arguments));
        } catch (IllegalArgumentException e) {
            return fail(2, e.getMessage());
        }
        switch (parsed.verb()) {
            case "help" -> out.print(USAGE);
            case "version" -> out.println("pirn-weaver " + version());
            default -> {
                return work(parsed);
            }
        }
        return 0;
    }

    private int work(Arguments parsed) {
        for (Path each : parsed.folders()) {
            if (!Files.isDirectory(each)) return fail(2, parsed.verb() + ": no such folder: " + each);
        }
        try {
            List<Message> messages = parsed.verb().equals("weave") ? weave(parsed)
                    : Checking.check(parsed.folders(), parsed.classPath());
            boolean failed = false;
            for (Message each : messages) {
                failed |= each.severity() == Severity.ERROR;
                if (each.severity() != Severity.INFO || parsed.verbose()) err.println(each);
            }
            return failed ? 1 : 0;
        } catch (IOException e) {
            return fail(1, parsed.verb() + ": " + e.getMessage());
        }
    }

    private List<Message> weave(Arguments parsed) throws IOException {
        var report = Weaving.weave(parsed.folders(), parsed.classPath(), new Weaver.Options(parsed.hybrid()));
        if (parsed.verbose()) {
            err.println("pirn: weave: " + report.classes() + " classes, " + report.given()
                    + " given to the weaver, " + report.written() + " files written");
        }
        return report.messages();
    }

    private int fail(int status, String text) {
        err.println("pirn: " + text);
        return status;
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }
}
