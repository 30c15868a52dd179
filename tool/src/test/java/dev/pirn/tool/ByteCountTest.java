package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCountTest {
    private static CommandLineRun serve(String size) {
        return CommandLineRun.of("serve", "--memory", size, "/none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "1.5G", "-1", "96 M", "96MB", "9999999999999999999", "9000000000G"})
    void noSize(String text) {
        var run = serve(text);
        assertEquals(2, run.code());
        assertTrue(run.err().startsWith("pirn: serve: --memory takes SIZE: " + text + "\n"), run.err());
    }

    @ParameterizedTest
    @CsvSource({"1000,1000", "46399487,46399487", "45311k,46398464", "44M,46137344", "44m,46137344"})
    void tooLittle(String size, long bytes) {
        var run = serve(size);
        assertEquals(2, run.code());
        String expected = "pirn: serve: --memory is at least 46399488 for --shared 0: " + bytes;
        assertTrue(run.err().startsWith(expected),
                run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"46399488", "45312k", "45M", "1G", "1T"})
    void enough(String size) {
        assertEquals("pirn: serve: no such file: /none\n", serve(size).err());
    }
}
