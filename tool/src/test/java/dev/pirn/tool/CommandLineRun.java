package dev.pirn.tool;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A command line that was run in this JVM.
 *
 * @param code the exit code
 * @param out all that it printed on stdout
 * @param err all that it printed on stderr
 */
record CommandLineRun(int code, String out, String err) {
    static CommandLineRun of(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        return new CommandLineRun(code, out.toString(), err.toString());
    }
}
