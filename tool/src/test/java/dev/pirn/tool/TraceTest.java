package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {
    @TempDir
    private Path dir;

    private Path record(Runnable code) throws IOException {
        Path file = dir.resolve("a.jfr");
        try (var recording = new Recording()) {
            recording.start();
            code.run();
            recording.stop();
            recording.dump(file);
        }
        return file;
    }

    /**
     * <pre>
     *   test        outer        inner
     *   enter ────▶ enter ─────▶ yield
     *               enter ─────▶ ends
     *          ◀─── throws
     * </pre>
     */
    private static void outerEntersInner() {
        var inner = Coroutine.create("inner", Coroutine::yield);
        var outer = Coroutine.create("outer", () -> {
            inner.enter();
            inner.enter();
            throw new IllegalStateException();
        });
        assertThrows(IllegalStateException.class, outer::enter);
    }

    private String page(Path recording) throws IOException {
        Path page = dir.resolve("t.html");
        var run = CommandLineRun.of("trace", recording.toString(), "-o", page.toString());
        assertEquals("", run.err());
        assertEquals(Main.OK, run.code());
        return Files.readString(page);
    }

    @Test
    void saysWhatItDrew() throws IOException {
        Path recording = record(TraceTest::outerEntersInner);
        Path page = dir.resolve("t.html");
        assertEquals(new CommandLineRun(Main.OK, page + ": 2 coroutines, 3 runs\n", ""),
                CommandLineRun.of("trace", recording.toString(), "-o", page.toString()));
    }

    @Test
    void lanesHaveTheirRunsAndWhoEnteredThem() throws IOException {
        Timeline timeline = Timeline.read(record(TraceTest::outerEntersInner));
        assertEquals(List.of("inner", "outer"), timeline.lanes().stream().map(each -> each.name).toList());
        Timeline.Lane inner = timeline.lanes().get(0);
        Timeline.Lane outer = timeline.lanes().get(1);
        assertEquals("returned java.lang.IllegalStateException", inner.outcome + " " + outer.outcome);
        assertTrue(inner.made.startsWith("dev.pirn.tool.TraceTest.outerEntersInner:"), inner.made);
        long[] out = numbers(outer.runs.text());
        long[] in = numbers(inner.runs.text());
        assertEquals(4, out.length);
        assertEquals(8, in.length);
        assertEquals(0, out[3]);
        assertEquals(outer.id, in[3]);
        assertEquals(outer.id, in[7]);
        assertTrue(out[0] <= in[0] && in[0] + in[1] <= in[4], "in order");
        assertTrue(in[4] + in[5] <= out[0] + out[1], "inside of the outer's run");
        assertEquals(inner.ended, in[4] + in[5]);
    }

    private static long[] numbers(String text) {
        return Pattern.compile(",").splitAsStream(text).mapToLong(Long::parseLong).toArray();
    }

    @Test
    void aRunThatBeganBeforeTheRecordingAndOneThatDoesNotEnd() throws IOException {
        var early = Coroutine.create("early", () -> Thread.onSpinWait());
        var recording = new Path[1];
        var around = Coroutine.create("around", () -> {
            recording[0] = record(() -> {
                early.enter();
                Coroutine.yield();
            });
        });
        around.enter();
        var late = Coroutine.create("late", () -> around.enter());
        late.enter();
        List<Timeline.Lane> lanes = Timeline.read(recording[0]).lanes();
        assertEquals(List.of("early", "around", "late"), lanes.stream().map(each -> each.name).toList());
        assertEquals(List.of(1, 2, 1), lanes.stream().map(Timeline.Lane::runCount).toList());
        long[] around2 = numbers(lanes.get(1).runs.text());
        assertEquals(0, around2[0], "from the recording's begin");
        assertEquals(Timeline.read(recording[0]).length(), around2[4] + around2[5], "to its end");
        assertEquals(-1, lanes.get(1).ended);
    }

    @Test
    void thePageHoldsTheDataAndNothingFromOutside() throws IOException {
        String page = page(record(() -> {
            outerEntersInner();
            try (var loop = EventLoop.open("a home")) {
                loop.start("scheduled", () -> { });
                while (loop.turn(false)) continue;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }));
        Matcher data = Pattern.compile("<script id=\"data\" type=\"application/json\">(.*?)</script>",
                Pattern.DOTALL).matcher(page);
        assertTrue(data.find());
        String json = data.group(1);
        assertTrue(json.contains("\"name\":\"outer\""), json);
        assertTrue(json.contains("\"homes\":[\"no home\",\"a home\"]"), json);
        assertTrue(json.matches("(?s).*\"name\":\"scheduled\"[^}]*\"schedules\":\\[\\d+,0,1].*"), json);
        assertFalse(page.matches("(?s).*\\$\\{(title|style|data|script)}.*"), "a hole was not filled");
        assertFalse(page.matches("(?s).*(https?:|src=|@import|href=).*"), "loads something");
    }

    @Test
    void noNameEndsTheScript() {
        assertEquals("\"\\u003c/script\\u003e \\\" \\\\ \\u000a \\u0026 \\u00e9\"",
                TimelinePage.string("</script> \" \\ \n & é"));
    }

    @Test
    void missingFile() {
        assertFails("pirn: trace: no such file: %s/none.jfr\n".formatted(dir), dir + "/none.jfr");
    }

    @Test
    void directory() {
        assertFails("pirn: trace: a directory, not a recording: %s\n".formatted(dir), dir.toString());
    }

    @Test
    void notARecording() throws IOException {
        Path file = Files.writeString(dir.resolve("a.txt"), "a text of some length\n".repeat(9));
        assertFails("pirn: trace: not a Flight Recorder recording, or damaged: %s\n".formatted(file),
                file.toString());
    }

    @Test
    void emptyFile() throws IOException {
        Path file = Files.createFile(dir.resolve("a.jfr"));
        assertFails("""
                pirn: trace: an empty file: %s
                hint: the recorder writes it when the program ends, or at: jcmd PID JFR.dump
                """.formatted(file), file.toString());
    }

    @Test
    void recordingWithoutCoroutines() throws IOException {
        Path file = record(() -> { });
        assertFails("""
                pirn: trace: no coroutine in this recording: %s
                hint: record the program that has them: java -XX:StartFlightRecording:filename=app.jfr ...
                """.formatted(file), file.toString());
    }

    @Test
    void pageInAMissingFolder() throws IOException {
        Path file = record(TraceTest::outerEntersInner);
        assertFails("pirn: trace: cannot be written: %s/none/t.html: no such file or directory\n"
                .formatted(dir), file.toString(), "-o", dir + "/none/t.html");
    }

    @Test
    void noRecordingNamed() {
        var run = CommandLineRun.of("trace");
        assertEquals(Main.USAGE, run.code());
        assertTrue(run.err().startsWith("pirn: trace: missing: RECORDING"), run.err());
    }

    private static void assertFails(String message, String... args) {
        var all = new String[args.length + 1];
        all[0] = "trace";
        System.arraycopy(args, 0, all, 1, args.length);
        assertEquals(new CommandLineRun(Main.FAILED, "", message), CommandLineRun.of(all));
    }
}
