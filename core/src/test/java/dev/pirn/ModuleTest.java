package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The tests run as users do: in the named module, on the best backend. */
class ModuleTest {
    @Test
    void testsRunInTheNamedModule() {
        assertTrue(Coroutine.class.getModule().isNamed());
        assertEquals("dev.pirn.core", Coroutine.class.getModule().getName());
    }

    @Test
    void theBestBackendIsChosen() {
        assertEquals(Backend.CONTINUATION, Coroutine.backend());
    }
}
