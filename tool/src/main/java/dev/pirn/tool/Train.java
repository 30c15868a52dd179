package dev.pirn.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code train}: does what short commands do, for the launcher, which has the JVM note what they load and
 * start from it later.
 */
@Command(name = "train", hidden = true, description = "For the launcher: run what the JVM shall start fast.")
final class Train implements Callable<Integer> {
    private Train() { }

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("pirn-train");
        try {
            commands(folder.resolve("a").toString(), folder.resolve("b").toString()).forEach(each -> {
                var nowhere = new PrintWriter(Writer.nullWriter());
                Main.run(nowhere, nowhere, each.split(" "));
            });
        } finally {
            clear(folder);
        }
        return Main.OK;
    }

    private static List<String> commands(String raw, String qcow2) {
        return List.of("--help", "serve --help", "img --help", "img info --help",
                "img create " + raw + " 1M", "img create -f qcow2 " + qcow2 + " 1M",
                "img info " + raw, "img info --output=json " + qcow2,
                "img convert -O qcow2 " + raw + " " + qcow2, "img compare " + raw + " " + qcow2,
                "img map " + qcow2, "img map --output=json " + raw, "img info /no/such/file");
    }

    private static void clear(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            files.forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(folder);
    }
}
