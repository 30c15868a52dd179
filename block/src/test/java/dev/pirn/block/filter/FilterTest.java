package dev.pirn.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.block.Driver;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every filter must be. */
class FilterTest {
    /** A method that Driver has by default would be the filter's own, and never reach the driver below. */
    @ParameterizedTest
    @ValueSource(classes = {FaultDriver.class, ZeroDetectingDriver.class})
    void everyMethodOfADriverIsHandedOn(Class<?> filter) {
        assertEquals(signatures(Driver.class),
                signatures(filter).stream().filter(signatures(Driver.class)::contains).toList());
    }

    private static List<String> signatures(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods()).filter(each -> !each.getName().contains("$"))
                .map((Method each) -> each.getName() + Arrays.toString(each.getParameterTypes())).sorted()
                .toList();
    }
}
