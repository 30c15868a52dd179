package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user sees of an error: the exit code, and stderr to the byte, the JVM's words included. */
class ErrorsTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws Exception {
        image = Image.makeEmpty(dir.resolve("disk.img"), 4096);
    }

    @Test
    void missingFile() throws Exception {
        assertEnds(1, "pirn: serve: no such file: " + dir + "/none.img\n", "serve", dir + "/none.img");
    }

    @Test
    void directory() throws Exception {
        assertEnds(1, "pirn: serve: a directory, not an image: " + dir + "\n", "serve", dir.toString());
    }

    /** A program that runs may not be written, not even by root, who may write all else. */
    @Test
    void fileThatMayNotBeWritten() throws Exception {
        Path program = Files.copy(Path.of("/bin/sleep"), dir.resolve("program"),
                StandardCopyOption.COPY_ATTRIBUTES);
        var running = new ProcessBuilder(program.toString(), "60").start();
        try {
            assertEnds(1, """
                    pirn: serve: cannot be written: %s: Text file busy
                    hint: --read-only serves it as it is
                    """.formatted(program), "serve", "--port", "0", program.toString());
            try (var server = Transport.UNIX.serve(program, "--read-only")) {
                Clients.run("nbdinfo", server.uri());
            }
        } finally {
            running.destroyForcibly();
        }
    }

    @Test
    void busyPort() throws Exception {
        try (var first = Transport.TCP.serve(image)) {
            String port = first.uri().replaceAll(".*:(\\d+)/", "$1");
            assertEnds(1, """
                    pirn: serve: address in use: 127.0.0.1:%s
                    hint: --port 0 picks a free port
                    """.formatted(port), "serve", "--port", port,
                    Image.makeEmpty(dir.resolve("other.img"), 4096).toString());
        }
    }

    @Test
    void unknownOption() throws Exception {
        assertEnds(2, "pirn: serve: unknown option: --frobnicate\n",
                "serve", "--frobnicate", image.toString());
    }

    @Test
    void unknownVerb() throws Exception {
        assertEnds(2, """
                pirn: command line: unknown verb: srve
                hint: is it serve?
                """, "srve");
    }

    private static void assertEnds(int code, String err, String... arguments) throws Exception {
        try (var run = Run.start(Tool.command(arguments))) {
            assertEquals(new Run.Outcome(code, "", err), run.finish());
        }
    }
}
