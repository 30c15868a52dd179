package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChannelTest {
    private EventLoop loop;
    private final List<Object> trace = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        loop = EventLoop.open("test");
        loop.onUncaught((who, failure) -> trace.add(who + " threw " + failure));
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
    }

    private Coroutine sends(Channel<Object> channel, Object... elements) {
        return loop.start("sender", () -> {
            for (Object each : elements) {
                channel.send(each);
                trace.add("sent " + each);
            }
        });
    }

    private Coroutine receives(String name, Channel<?> channel) {
        return loop.start(name, () -> trace.add(name + " got " + channel.receive()));
    }

    private void turns() {
        for (int i = 0; i < 4; i++) loop.turn(false);
    }

    @Test
    void theBufferTakesAsManyAsItSays() {
        Channel<Object> channel = Channel.of("c", 2);
        sends(channel, 1, 2, 3);
        turns();
        assertEquals(List.of("sent 1", "sent 2"), trace);
        assertEquals("channel \"c\" (2 of 2)", channel.toString());
        assertEquals(1, channel.tryReceive());
        assertEquals(2, channel.size());
        turns();
        assertEquals(List.of("sent 1", "sent 2", "sent 3"), trace);
        assertEquals(2, channel.tryReceive());
        assertEquals(3, channel.tryReceive());
        assertNull(channel.tryReceive());
    }

    @Test
    void withoutBufferTheSenderWaitsForTheReceiver() {
        Channel<Object> channel = Channel.of("c", 0);
        sends(channel, 1, 2);
        turns();
        trace.add("nobody received");
        receives("a", channel);
        turns();
        receives("b", channel);
        turns();
        assertEquals(List.of("nobody received", "a got 1", "sent 1", "b got 2", "sent 2"), trace);
    }

    @Test
    void receiversAreServedInOrder() {
        Channel<Object> channel = Channel.of("c", 1);
        receives("a", channel);
        receives("b", channel);
        sends(channel, 1, 2);
        turns();
        assertEquals(List.of("sent 1", "sent 2", "a got 1", "b got 2"), trace);
    }

    @Test
    void sendersAreServedInOrder() {
        Channel<Object> channel = Channel.of("c", 0);
        sends(channel, 1, 3);
        sends(channel, 2, 4);
        turns();
        loop.start("receiver", () -> channel.each(element -> trace.add(element)));
        turns();
        assertEquals(List.of(1, 2, 3, 4), trace.stream().filter(Integer.class::isInstance).toList());
    }

    @Test
    void aClosedChannelIsDrainedAndEnds() {
        Channel<Object> channel = Channel.of("c", 2);
        sends(channel, 1, 2, 3);
        turns();
        channel.close();
        channel.close();
        loop.start("receiver", () -> {
            channel.each(element -> {
                EventLoop.yieldTurn();
                trace.add(element);
            });
            trace.add("end " + channel.receive());
        });
        assertTrue(channel.isClosed());
        assertFalse(channel.isDrained());
        turns();
        assertTrue(channel.isDrained());
        assertEquals(List.of("sent 1", "sent 2", "coroutine \"sender\" (done) threw "
                + "dev.pirn.lock.ChannelClosedException: channel \"c\" (2 of 2) is closed, but coroutine "
                + "\"sender\" (running) sends into it", 1, 2, "end null"), trace);
    }

    @Test
    void whoWaitsToReceiveComesToTheEnd() {
        Channel<Object> channel = Channel.of("c", 2);
        receives("a", channel);
        receives("b", channel);
        turns();
        channel.close();
        turns();
        assertEquals(List.of("a got null", "b got null"), trace);
    }

    @Test
    void aClosedChannelTakesNothing() {
        Channel<Object> channel = Channel.of("c", 2);
        channel.close();
        assertThrows(ChannelClosedException.class, () -> channel.trySend(1));
        sends(channel, 1);
        turns();
        assertEquals(1, trace.size());
        assertNull(channel.tryReceive());
    }

    @Test
    void nullsAndNegativeCapacitiesAreRefused() {
        Channel<Object> channel = Channel.of("c", 2);
        assertThrows(NullPointerException.class, () -> channel.trySend(null));
        assertEquals("channel \"c\" of -1 elements; it needs at least 0", assertThrows(
                IllegalArgumentException.class, () -> Channel.of("c", -1)).getMessage());
    }

    @Test
    void threadsMayTry() {
        Channel<Object> channel = Channel.of("c", 1);
        assertTrue(channel.trySend(1));
        assertFalse(channel.trySend(2));
        assertEquals(1, channel.tryReceive());
        assertFalse(Channel.of("rendezvous", 0).trySend(1));
    }

    @Test
    void threadsMayNotWait() {
        Channel<Object> channel = Channel.of("c", 1);
        assertThrows(IllegalStateException.class, channel::receive);
        channel.trySend(1);
        assertThrows(IllegalStateException.class, () -> channel.send(2));
        assertEquals(1, channel.tryReceive());
        assertTrue(channel.trySend(3)); // Nobody is left in a line.
        assertEquals(3, channel.tryReceive());
        assertNull(channel.tryReceive());
    }

    @Test
    void aHandlerThatSendsWakesTheReceiverAtOnce() {
        Channel<Object> channel = Channel.of("c", 0);
        receives("a", channel);
        loop.turn(false);
        loop.execute(() -> {
            assertTrue(channel.trySend(1));
            trace.add("sent");
        });
        loop.turn(false);
        assertEquals(List.of("a got 1", "sent"), trace);
    }

    @Test
    void aReceiverThatIsCancelledLeavesTheLine() {
        Channel<Object> channel = Channel.of("c", 0);
        Coroutine a = receives("a", channel);
        receives("b", channel);
        turns();
        loop.execute(a::cancel);
        turns();
        assertTrue(channel.trySend(1));
        turns();
        assertEquals(List.of("b got 1"), trace);
    }

    @Test
    void aSenderThatIsCancelledLeavesTheLine() {
        Channel<Object> channel = Channel.of("c", 0);
        Coroutine a = sends(channel, 1);
        sends(channel, 2);
        turns();
        loop.execute(a::cancel);
        turns();
        assertEquals(2, channel.tryReceive());
        assertNull(channel.tryReceive());
        turns();
        assertEquals(List.of("sent 2"), trace);
    }

    /** The hand-over came first, so it counts; the cancellation is told at the next yield. */
    @Test
    void anElementThatMeetsACancellationIsReceived() {
        Channel<Object> channel = Channel.of("c", 1);
        Coroutine receiver = loop.start("receiver", () -> {
            trace.add("got " + channel.receive());
            told();
        });
        loop.start("both", () -> {
            channel.send(1);
            receiver.cancel(); // It was woken, and has not run yet.
            trace.add("cancelled");
        });
        turns();
        assertEquals(List.of("cancelled", "got 1", "told"), trace);
        assertEquals(Coroutine.State.DONE, receiver.state());
    }

    @Test
    void aSendThatMeetsACancellationIsDone() {
        Channel<Object> channel = Channel.of("c", 0);
        Coroutine sender = loop.start("sender", () -> {
            channel.send(1);
            trace.add("sent");
            told();
        });
        loop.start("both", () -> {
            trace.add("got " + channel.receive());
            sender.cancel();
        });
        turns();
        assertEquals(List.of("got 1", "sent", "told"), trace);
    }

    @CoroutineFn
    private void told() {
        try {
            EventLoop.yieldTurn();
            trace.add("not told");
        } catch (CancellationException e) {
            trace.add("told");
            throw e;
        }
    }

    @Test
    void whatOneWaitsForIsSaid() {
        Channel<Object> channel = Channel.of("c", 0);
        Task<Object> task = loop.submit("receiver", channel::receive);
        turns();
        loop.execute(() -> task.coroutine().cancel());
        turns();
        task.future().whenComplete((value, failure) -> trace.add(failure.getMessage()));
        assertEquals(List.of("coroutine \"receiver\" (running) was cancelled while it waited for an element "
                + "of channel \"c\" (0 of 0)"), trace);
    }
}
