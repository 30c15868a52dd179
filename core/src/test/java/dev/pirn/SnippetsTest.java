package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** What the Javadoc shows. */
class SnippetsTest {
    @Test
    void coroutine() {
        var printed = new ArrayList<Object>();
        // @start region="coroutine"
        var numbers = Coroutine.create("numbers", () -> {
            for (int i = 1; i <= 3; i++) {
                printed.add(i);
                Coroutine.yield();
            }
        });
        while (numbers.state() != Coroutine.State.DONE) {
            numbers.enter();
            printed.add("-");
        }
        // @end
        assertEquals("[1, -, 2, -, 3, -, -]", printed.toString());
    }
}
