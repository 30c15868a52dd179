package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** That woven programs do as plain ones. */
final class Same {
    private Same() { }

    /** The members of a class do the same woven and plain, and suspend. */
    static void same(String members) {
        Program program = Program.of(members);
        String expected = program.runPlain();
        assertTrue(expected.indexOf('|') < expected.lastIndexOf('|'), "never suspended: " + expected);
        assertEquals(expected, program.runWoven());
    }
}
