package dev.pirn.tool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trace}: draws who entered whom and when, from a recording. */
@Command(name = "trace", sortOptions = false,
        description = "Draw who entered whom and when, from a Flight Recorder recording, as a page of HTML.",
        footerHeading = "%n", footer = {"To record:",
            "  java -XX:StartFlightRecording:filename=app.jfr ...",
            "  PIRN_JAVA_OPTS=-XX:StartFlightRecording:filename=pirn.jfr pirn serve"})
final class Trace implements Callable<Integer> {
    @Parameters(arity = "1", paramLabel = "RECORDING", description = "The recording, a .jfr file.")
    private Path recording;

    @Option(names = {"-o", "--output-file"}, paramLabel = "FILE", defaultValue = "timeline.html",
            description = "Where to write the page (${DEFAULT-VALUE}).")
    private Path page;

    @Spec
    private CommandSpec spec;

    private Trace() { }

    @Override
    public Integer call() throws Failure {
        Timeline timeline = read();
        if (timeline.lanes().isEmpty()) {
            throw Failure.of("no coroutine in this recording", recording).hint("record the program that has "
                    + "them: java -XX:StartFlightRecording:filename=app.jfr ...");
        }
        try (Writer to = Files.newBufferedWriter(page)) {
            new TimelinePage(timeline, recording.getFileName().toString()).write(to);
        } catch (IOException e) {
            throw Failure.of("cannot be written", page + ": " + Failure.reason(e)).causedBy(e);
        }
        long runs = timeline.lanes().stream().mapToLong(Timeline.Lane::runCount).sum();
        spec.commandLine().getOut().println(page + ": " + timeline.lanes().size() + " coroutines, " + runs
                + " runs" + (timeline.isCut() ? ", the first " + Timeline.EVENTS_MAX + " events" : ""));
        return Main.OK;
    }

    private Timeline read() throws Failure {
        if (Files.notExists(recording)) throw Failure.of("no such file", recording);
        if (Files.isDirectory(recording)) throw Failure.of("a directory, not a recording", recording);
        try {
            if (Files.size(recording) == 0) {
                throw Failure.of("an empty file", recording).hint("the recorder writes it when the program "
                        + "ends, or at: jcmd PID JFR.dump");
            }
            return Timeline.read(recording);
        } catch (IOException | UncheckedIOException e) {
            if (!Files.isReadable(recording)) {
                throw Failure.of("cannot be opened", recording + ": permission denied").causedBy(e);
            }
            throw Failure.of("not a Flight Recorder recording, or damaged", recording).causedBy(e);
        }
    }
}
