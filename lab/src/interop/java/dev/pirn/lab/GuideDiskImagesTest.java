package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/guide/disk-images.md shows: each command prints what stands below it. */
class GuideDiskImagesTest {
    private static final Path GUIDE = Path.of("../docs/guide/disk-images.md");
    private static final String PROMPT = "$ ./pirn img ";
    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern IMAGE = Pattern.compile("[a-z]+\\.(raw|qcow2)");

    @TempDir
    private Path dir;

    @Test
    void commandsPrintWhatTheGuideSays() throws Exception {
        var blocks = BLOCK.matcher(Files.readString(GUIDE));
        while (blocks.find()) assertEquals(blocks.group(1), run(blocks.group(1)));
    }

    /** The commands of a block, each with what it printed. */
    private String run(String block) {
        var text = new StringBuilder();
        block.lines().filter(line -> line.startsWith(PROMPT)).forEach(line -> {
            String[] words = line.substring(PROMPT.length()).split(" ");
            // A backing file's name is of the image's folder, and stays as it is.
            var arguments = new ArrayList<String>();
            for (int i = 0; i < words.length; i++) {
                boolean backing = i > 0 && List.of("-b", "-B").contains(words[i - 1]);
                boolean image = !backing && IMAGE.matcher(words[i]).matches();
                arguments.add(image ? dir.resolve(words[i]).toString() : words[i]);
            }
            String printed = Pirn.succeed(arguments.toArray(String[]::new));
            text.append(line).append('\n').append(printed.replace(dir + "/", ""));
        });
        return text.toString();
    }
}
