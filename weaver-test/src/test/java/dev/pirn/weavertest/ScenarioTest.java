package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Each scenario writes the same trace in every way: the one that is kept beside it. Where the backend must
 * matter there is a second one for it.
 */
class ScenarioTest {
    private static Scenarios.Classes classes;

    @BeforeAll
    static void make() throws IOException {
        classes = Scenarios.make();
    }

    @TestFactory
    Stream<DynamicTest> everyScenarioInEveryWay() throws IOException {
        var tests = new ArrayList<DynamicTest>();
        for (String name : Scenarios.names().toList()) {
            for (Way way : Way.available()) {
                tests.add(DynamicTest.dynamicTest(name + " " + way, () -> check(name, way)));
            }
        }
        return tests.stream();
    }

    private static void check(String name, Way way) throws Exception {
        var loader = new Program.Loader(classes.of(way));
        loader.setDefaultAssertionStatus(true);
        assertEquals(Scenarios.expected(name, way), Scenarios.run(loader, name, way));
    }

    @Test
    void whatIsWovenPassesTheVerifier() {
        assertEquals(List.of(), Verified.problems(classes.woven()));
    }
}
