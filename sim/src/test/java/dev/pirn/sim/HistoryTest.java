package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    /** A number that is read and written. */
    private static final class Register implements History.Model<Integer> {
        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer after(Integer state, Object operation, History.Outcome outcome) {
            if (operation instanceof Integer written) return written;
            return state.equals(outcome.value()) ? state : null;
        }
    }

    private final History history = new History();

    /** An operation that begins when the coroutine is entered, and ends when it is entered again. */
    private Coroutine operation(String who, Object what, Object result) {
        return Coroutine.create(who, () -> call(what, result));
    }

    @CoroutineFn
    private void call(Object what, Object result) {
        history.call(what, () -> {
            Coroutine.yield();
            return result;
        });
    }

    private static void enter(Coroutine... all) {
        for (Coroutine each : all) each.enter();
    }

    @Test
    void nothingIsLinearizable() {
        history.check(new Register());
    }

    @Test
    void oneAfterTheOther() {
        Coroutine write = operation("a", 1, null);
        Coroutine read = operation("b", "read", 1);
        enter(write, write, read, read);
        history.check(new Register());
    }

    @Test
    void whoOverlapsMayComeBeforeOrAfter() {
        Coroutine write = operation("a", 1, null);
        Coroutine late = operation("b", "read", 1);
        Coroutine early = operation("c", "read", 0);
        enter(write, late, late, early, early, write);
        assertThrows(AssertionError.class, () -> history.check(new Register()));

        var other = new HistoryTest();
        write = other.operation("a", 1, null);
        early = other.operation("b", "read", 0);
        late = other.operation("c", "read", 1);
        enter(write, early, early, late, late, write);
        other.history.check(new Register());
    }

    @Test
    void aReadOfWhatWasOverwrittenBeforeIsNot() {
        Coroutine write = operation("a", 1, null);
        Coroutine read = operation("b", "read", 0);
        enter(write, write, read, read);
        var e = assertThrows(AssertionError.class, () -> history.check(new Register()));
        assertEquals("""
                no order of these operations explains what they returned; at most the first 1 of some order:
                a        b       \s
                1
                └▶ null
                         read
                         └▶ 0
                """, e.getMessage());
    }

    @Test
    void whatWasThrownIsAnOutcome() {
        var thrower = Coroutine.create("a", () -> assertThrows(IllegalStateException.class,
                () -> history.call("fail", () -> {
                    throw new IllegalStateException("so it is");
                })));
        thrower.enter();
        history.check(new History.Model<List<String>>() {
            @Override
            public List<String> start() {
                return List.of();
            }

            @Override
            public List<String> after(List<String> state, Object operation, History.Outcome outcome) {
                return outcome.thrown().getMessage().equals("so it is") ? state : null;
            }
        });
    }

    @Test
    void anOperationThatHasNotEndedIsNamed() {
        enter(operation("a", "read", 0));
        var e = assertThrows(IllegalStateException.class, () -> history.check(new Register()));
        assertEquals("a: read has not ended; check when the run has", e.getMessage());
    }
}
