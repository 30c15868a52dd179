package dev.pirn.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.block.Driver;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every filter must be. */
class FilterTest {
    /** One that Driver has by default would else be the filter's own, and never reach the driver below. */
    @Test
    void everyMethodOfADriverIsHandedOn() {
        var own = new ArrayList<>(signatures(Filter.class));
        own.remove("below[]");
        assertEquals(signatures(Driver.class), own);
    }

    private static List<String> signatures(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods()).filter(each -> !each.getName().contains("$"))
                .map((Method each) -> each.getName() + Arrays.toString(each.getParameterTypes())).sorted()
                .toList();
    }
}
