package dev.pirn.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StyleTest {
    private static final String GOOD = """
            class A {
                void m() {}
            }
            """;

    @TempDir
    Path root;
    private Path longFiles;

    @BeforeEach
    void noFileMayBeLong() throws IOException {
        longFiles = Files.writeString(root.resolve("long-files.txt"), "# none\n");
    }

    @Test
    void goodFile() throws IOException {
        source("src/main/A.java", GOOD);
        assertFindings();
    }

    @Test
    void noFileAtAll() throws IOException {
        assertFindings();
    }

    @Test
    void lineOf110Characters() throws IOException {
        source("A.java", "class A {}\n//" + "─".repeat(108) + "\n");
        assertFindings();
    }

    @Test
    void lineOver110Characters() throws IOException {
        source("A.java", "class A {}\n//" + "─".repeat(109) + "\n");
        assertFindings("A.java:2: error: line of 111 characters, more than 110");
    }

    @Test
    void tab() throws IOException {
        source("A.java", "class A {\n  \tint i;\n}\n");
        assertFindings("A.java:2: error: tab at column 3: indent with spaces");
    }

    @Test
    void spaceAtTheEndOfALine() throws IOException {
        source("A.java", "class A { \n}\n");
        assertFindings("A.java:1: error: white space after column 9, at the end of the line");
    }

    @Test
    void carriageReturnAtTheEndOfALine() throws IOException {
        source("A.java", "class A {\r\n}\n");
        assertFindings("A.java:1: error: white space after column 9, at the end of the line");
    }

    @Test
    void noNewlineAtTheEnd() throws IOException {
        source("A.java", "class A {\n}");
        assertFindings("A.java:2: error: no newline at the end of the file");
    }

    @Test
    void emptyLineAtTheEnd() throws IOException {
        source("A.java", "class A {\n}\n\n");
        assertFindings("A.java:3: error: empty line at the end of the file");
    }

    @Test
    void fileOf300Lines() throws IOException {
        source("A.java", "//\n".repeat(300));
        assertFindings();
    }

    @Test
    void fileOver300Lines() throws IOException {
        source("A.java", "//\n".repeat(301));
        assertFindings("A.java:301: error: file of 301 lines, more than 300: "
                + "split it, or give the reason in house/long-files.txt");
    }

    @Test
    void fileOver300LinesWithAReason() throws IOException {
        Path file = source("A.java", "//\n".repeat(500));
        Files.writeString(longFiles, file + " a table, one line per opcode\n");
        assertFindings();
    }

    @Test
    void fileOver300LinesWithoutAReason() throws IOException {
        Path file = source("A.java", "//\n".repeat(500));
        Files.writeString(longFiles, file + "\n");
        assertFindings("long-files.txt:1: error: " + file + " has no reason after it");
    }

    @Test
    void fileOver500LinesWithAReason() throws IOException {
        Path file = source("A.java", "//\n".repeat(501));
        Files.writeString(longFiles, file + " a table\n");
        assertFindings("A.java:501: error: file of 501 lines, more than 500: split it by concept");
    }

    @Test
    void reasonForAFileThatIsShortByNow() throws IOException {
        Path file = source("A.java", GOOD);
        Files.writeString(longFiles, file + " a table\n");
        assertFindings("A.java:1: error: file of 3 lines, at most 300: remove it from house/long-files.txt");
    }

    @Test
    void reasonForAFileThatIsGone() throws IOException {
        Files.writeString(longFiles, "Gone.java a table\n");
        assertFindings("long-files.txt:1: error: Gone.java is not there, or has at most 300 lines: "
                + "remove its entry");
    }

    @Test
    void generatedSourcesAreNotLookedAt() throws IOException {
        source("target/A.java", "\t");
        source(".git/A.java", "\t");
        assertFindings();
    }

    @Test
    void sourceThatDoesNotParse() throws IOException {
        source("A.java", "class A {\n    void m( {}\n}\n");
        assertFindings("A.java:2: error: illegal start of type");
    }

    private Path source(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void assertFindings(String... expected) throws IOException {
        List<String> found = Style.check(longFiles, List.of(root)).stream()
                .map(finding -> finding.toString().substring(root.toString().length() + 1)).toList();
        assertEquals(List.of(expected), found);
    }
}
