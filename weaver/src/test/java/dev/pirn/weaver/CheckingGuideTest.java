package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The guide's programs are checked, and what stands below each is what the checker says. */
class CheckingGuideTest {
    private static final Path GUIDE = Path.of("../docs/guide/checking.md");
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n(.*?)```\n```text\n(.*?)```\n", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("class (\\w+)");

    @Test
    void eachProgramIsFollowedByItsMessages() throws IOException {
        String guide = Files.readString(GUIDE);
        var texts = new LinkedHashMap<String, String>();
        var expected = new LinkedHashMap<String, String>();
        for (var each = PROGRAM.matcher(guide); each.find(); ) {
            texts.put("p" + texts.size(), each.group(1));
            expected.put("p" + expected.size(), each.group(2));
        }
        assertTrue(texts.size() >= 9, texts.size() + " programs");
        assertEquals(guide.split("```java", -1).length - 1, texts.size(), "each has its messages below");
        var programs = Programs.of(texts);
        var found = new LinkedHashMap<String, String>();
        for (String name : texts.keySet()) {
            var first = CLASS.matcher(texts.get(name));
            assertTrue(first.find());
            var lines = new StringBuilder();
            for (Message each : programs.check(name)) {
                lines.append(new Message(each.severity(), first.group(1) + ".java", each.line(), each.text()))
                        .append('\n');
            }
            found.put(name, lines.toString());
        }
        assertEquals(String.join("---\n", expected.values()), String.join("---\n", found.values()));
    }
}
