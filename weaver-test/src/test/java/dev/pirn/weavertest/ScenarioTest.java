package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Each scenario writes the same trace in every mode: the one that is kept beside it. Where the backend must
 * matter there is a second one for it.
 */
class ScenarioTest {
    private static Scenarios.Classes classes;

    @BeforeAll
    static void make() throws IOException {
        classes = Scenarios.make();
    }

    @TestFactory
    Stream<DynamicTest> everyScenarioInEveryMode() throws IOException {
        var tests = new ArrayList<DynamicTest>();
        for (String name : Scenarios.names().toList()) {
            for (Mode mode : Mode.available()) {
                var own = classes.of(mode);
                tests.add(DynamicTest.dynamicTest(name + " " + mode, () -> check(name, mode, own)));
                if (mode.isWoven) continue;
                // Where nobody asks for what was woven, the plain methods beside it run.
                tests.add(DynamicTest.dynamicTest(name + " woven, " + mode,
                        () -> check(name, mode, classes.woven())));
            }
        }
        return tests.stream();
    }

    private static void check(String name, Mode mode, Map<String, byte[]> classes) throws Exception {
        var loader = new Program.Loader(classes);
        loader.setDefaultAssertionStatus(true);
        assertEquals(Scenarios.expected(name, mode), Scenarios.run(loader, name, mode));
    }

    @Test
    void whatIsWovenPassesTheVerifier() {
        assertEquals(List.of(), Verified.problems(classes.woven()));
    }
}
