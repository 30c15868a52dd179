package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SelectTest {
    private EventLoop loop;
    private final List<Object> trace = new ArrayList<>();
    private final Channel<Integer> a = Channel.of("a", 1);
    private final Channel<Integer> b = Channel.of("b", 1);

    @BeforeEach
    void open() throws IOException {
        loop = EventLoop.open("test");
        loop.onUncaught((who, failure) -> trace.add(who + " threw " + failure));
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
    }

    private void turns() {
        for (int i = 0; i < 4; i++) loop.turn(false);
    }

    private Coroutine receivesFirst(String name) {
        return loop.start(name, () -> {
            Case<?> done = Select.of(a.receiving(), b.receiving()).await();
            trace.add(name + " got " + done.value() + " of " + done.channel);
        });
    }

    @Test
    void untilToldToStop() {
        Channel<Integer> numbers = a;
        Channel<String> stop = Channel.of("stop", 0);
        loop.start("sums", () -> {
            // @start region="select"
            Case<Integer> next = numbers.receiving();
            Select either = Select.of(next, stop.receiving());
            int sum = 0;
            while (either.await() == next) sum += next.value();
            // @end
            trace.add(sum);
        });
        loop.start("sends", () -> {
            for (int i = 1; i <= 4; i++) numbers.send(i);
            stop.send("now");
        });
        turns();
        turns();
        assertEquals(List.of(10), trace);
    }

    @Test
    void theFirstThatComesIsChosenAndTheOthersAreWithdrawn() {
        receivesFirst("s");
        turns();
        loop.execute(() -> {
            assertTrue(b.trySend(1)); // It is woken at once, and leaves the line of the other.
            assertTrue(a.trySend(2));
            assertFalse(a.trySend(3));
        });
        turns();
        assertEquals(List.of("s got 1 of channel \"b\" (0 of 1)"), trace);
        assertEquals(2, a.tryReceive());
    }

    /** Before it has run again, its other case still stands in line, but nobody hands it a second element. */
    @Test
    void onlyOneIsDone() {
        receivesFirst("s");
        turns();
        loop.start("sends", () -> {
            b.send(1);
            a.send(2); // Into the buffer: the first in line is chosen already.
        });
        turns();
        assertEquals(List.of("s got 1 of channel \"b\" (0 of 1)"), trace);
        assertEquals(2, a.tryReceive());
    }

    @Test
    void itTakesTurnsAmongThoseThatAreReady() {
        loop.start("s", () -> {
            Case<Integer> fromA = a.receiving();
            Case<Integer> fromB = b.receiving();
            var select = Select.of(fromA, fromB);
            for (int i = 0; i < 6; i++) {
                a.trySend(i);
                b.trySend(i);
                trace.add(select.await() == fromA ? "a" : "b");
            }
        });
        turns();
        assertEquals(List.of("a", "b", "a", "b", "a", "b"), trace);
    }

    @Test
    void itSendsWhereThereIsRoom() {
        a.trySend(0);
        loop.start("s", () -> {
            Case<Integer> intoB = b.sending(1);
            trace.add(Select.of(a.sending(1), intoB).await() == intoB);
            trace.add(Select.of(a.sending(2), intoB).await() == intoB);
        });
        turns();
        assertEquals(List.of(true), trace);
        assertEquals(0, a.tryReceive());
        turns();
        assertEquals(List.of(true, false), trace);
        assertEquals(2, a.tryReceive());
        assertEquals(1, b.tryReceive());
        assertNull(b.tryReceive());
    }

    @Test
    void twoSelectsMeet() {
        Channel<Integer> meeting = Channel.of("meeting", 0);
        loop.start("one", () -> trace.add("one " + Select.of(a.receiving(), meeting.receiving()).await()
                .value()));
        loop.start("two", () -> trace.add("two " + Select.of(b.receiving(), meeting.sending(7)).await()
                .value()));
        turns();
        assertEquals(List.of("two 7", "one 7"), trace);
    }

    @Test
    void noneMeetsItself() {
        Channel<Integer> meeting = Channel.of("meeting", 0);
        loop.start("s", () -> {
            Case<Integer> receiving = meeting.receiving();
            trace.add(Select.of(receiving, meeting.sending(7)).await() == receiving);
        });
        turns();
        assertEquals(List.of(), trace);
        assertTrue(meeting.trySend(8));
        turns();
        assertEquals(List.of(true), trace);
        assertNull(meeting.tryReceive());
    }

    @Test
    void aClosedChannelIsReady() {
        loop.start("s", () -> {
            Case<Integer> fromB = b.receiving();
            trace.add(Select.of(a.receiving(), fromB).await() == fromB);
            trace.add(fromB.value() == null);
            try {
                Select.of(a.receiving(), b.sending(1)).await();
            } catch (ChannelClosedException e) {
                trace.add("refused");
            }
        });
        turns();
        b.close();
        turns();
        assertEquals(List.of(true, true, "refused"), trace);
    }

    @Test
    void oneThatIsCancelledLeavesAllLines() {
        Coroutine s = receivesFirst("s");
        turns();
        loop.execute(s::cancel);
        turns();
        assertTrue(a.trySend(1));
        assertTrue(b.trySend(2));
        assertEquals(1, a.tryReceive());
        assertEquals(2, b.tryReceive());
        assertEquals(List.of(), trace);
    }

    @Test
    void itMayBeUsedAgainAfterACancellation() {
        var select = Select.of(a.receiving(), b.receiving());
        Coroutine s = loop.start("s", select::await);
        turns();
        loop.execute(s::cancel);
        turns();
        assertNull(select.poll());
        b.trySend(1);
        assertEquals(1, select.poll().value());
    }

    @Test
    void whatItWasHandedWhenItWasCancelledCounts() {
        Coroutine s = loop.start("s", () -> {
            trace.add(Select.of(a.receiving(), b.receiving()).await().value());
            try {
                EventLoop.yieldTurn();
            } catch (CancellationException e) {
                trace.add("told");
            }
        });
        loop.start("both", () -> {
            b.send(1);
            s.cancel();
        });
        turns();
        assertEquals(List.of(1, "told"), trace);
    }

    @Test
    void pollNeverWaits() {
        Case<Integer> fromB = b.receiving();
        var select = Select.of(a.receiving(), fromB);
        assertNull(select.poll());
        b.trySend(1);
        assertSame(fromB, select.poll());
        assertEquals(1, fromB.value());
        assertNull(select.poll());
    }

    @Test
    void misuse() {
        assertEquals("a select of []; it needs at least one case, and each once", assertThrows(
                IllegalArgumentException.class, () -> Select.of()).getMessage());
        Case<Integer> fromA = a.receiving();
        assertThrows(IllegalArgumentException.class, () -> Select.of(fromA, fromA));
        loop.start("s", () -> Select.of(fromA, b.receiving()).await());
        turns();
        assertEquals("two coroutines select an element of channel \"a\" (0 of 1) by the same case; make one "
                + "for each", assertThrows(IllegalStateException.class, Select.of(fromA)::poll).getMessage());
    }
}
