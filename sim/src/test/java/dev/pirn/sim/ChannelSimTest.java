package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.Case;
import dev.pirn.lock.Channel;
import dev.pirn.lock.ChannelClosedException;
import dev.pirn.lock.Select;
import dev.pirn.sim.junit.SimTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Channels and selects of several loops. */
class ChannelSimTest {
    private record Send(int element) { }

    private record TrySend(int element) { }

    private enum Other { RECEIVE, TRY_RECEIVE, CLOSE }

    private record Contents(List<Integer> elements, boolean closed) {
        Contents with(int element) {
            var more = new ArrayList<>(elements);
            more.add(element);
            return new Contents(List.copyOf(more), closed);
        }

        Contents withoutFirst() {
            return new Contents(elements.subList(1, elements.size()), closed);
        }
    }

    /** A bounded queue that may be closed, for one user. */
    private record Queue(int capacity) implements History.Model<Contents> {
        @Override
        public Contents start() {
            return new Contents(List.of(), false);
        }

        @Override
        public Contents after(Contents state, Object operation, History.Outcome outcome) {
            if (outcome.thrown() instanceof CancellationException) return state;
            return switch (operation) {
                case Send send -> sent(state, send.element, outcome);
                case TrySend send when Boolean.FALSE.equals(outcome.value()) && outcome.thrown() == null ->
                        !state.closed && state.elements.size() == capacity ? state : null;
                case TrySend send -> sent(state, send.element, outcome);
                case Other other -> other(state, other, outcome.value());
                default -> throw new AssertionError(operation);
            };
        }

        private static Contents other(Contents state, Other operation, Object element) {
            return switch (operation) {
                case CLOSE -> new Contents(state.elements, true);
                case RECEIVE -> received(state, element);
                case TRY_RECEIVE -> element != null ? received(state, element)
                        : state.elements.isEmpty() ? state : null;
            };
        }

        private Contents sent(Contents state, int element, History.Outcome outcome) {
            if (outcome.thrown() instanceof ChannelClosedException) return state.closed ? state : null;
            return state.closed || state.elements.size() == capacity ? null : state.with(element);
        }

        private static Contents received(Contents state, Object element) {
            if (element == null) return state.closed && state.elements.isEmpty() ? state : null;
            boolean first = !state.elements.isEmpty() && state.elements.getFirst().equals(element);
            return first ? state.withoutFirst() : null;
        }
    }

    @SimTest(seeds = 6000)
    void isABoundedQueue(Sim sim) {
        var crowd = new Crowd(sim);
        int capacity = crowd.below(3);
        Channel<Integer> channel = Channel.of("c", capacity);
        var history = new History();
        for (int i = 0; i < 3; i++) {
            int number = i;
            crowd.start("sender " + i, () -> {
                for (int time = 0; time < 2; time++) {
                    crowd.pause();
                    send(crowd, channel, history, number * 10 + time, capacity);
                }
            });
            crowd.start("receiver " + i, () -> {
                for (int time = 0; time < 2; time++) {
                    crowd.pause();
                    receive(crowd, channel, history, capacity);
                }
            });
        }
        crowd.cancelSome();
        crowd.start("closer", () -> {
            for (int i = 0; i < 3; i++) crowd.pause();
            history.call(Other.CLOSE, () -> {
                channel.close();
                return null;
            });
        });
        sim.run();
        // Where a sender meets a receiver, it is as if there were room for one for a moment.
        history.check(new Queue(Math.max(1, capacity)));
    }

    @CoroutineFn
    private static void send(Crowd crowd, Channel<Integer> channel, History history, int element,
            int capacity) {
        try {
            if (capacity > 0 && crowd.chance(4)) {
                history.call(new TrySend(element), () -> channel.trySend(element));
            } else {
                history.call(new Send(element), () -> {
                    channel.send(element);
                    return true;
                });
            }
        } catch (ChannelClosedException e) {
            // The model says whether it may be.
        }
    }

    @CoroutineFn
    private static void receive(Crowd crowd, Channel<Integer> channel, History history, int capacity) {
        if (capacity > 0 && crowd.chance(4)) history.call(Other.TRY_RECEIVE, channel::tryReceive);
        else history.call(Other.RECEIVE, channel::receive);
    }

    /** Selects on both sides of two channels: what was sent is received once, and nothing else. */
    @SimTest(seeds = 6000)
    void aSelectDoesOneOfItsCases(Sim sim) {
        var crowd = new Crowd(sim);
        Channel<Integer> left = Channel.of("left", crowd.below(2));
        Channel<Integer> right = Channel.of("right", crowd.below(2));
        List<Integer> sent = new ArrayList<>();
        List<Integer> received = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            crowd.start("sender " + i, () -> {
                for (int time = 0; time < 3; time++) {
                    crowd.pause();
                    int element = number * 10 + time;
                    try {
                        Select.of(left.sending(element), right.sending(element)).await();
                    } catch (ChannelClosedException e) {
                        return; // All receivers were cancelled.
                    }
                    sent.add(element);
                }
            });
            crowd.start("receiver " + i, () -> {
                Case<Integer> fromLeft = left.receiving();
                Case<Integer> fromRight = right.receiving();
                var either = Select.of(fromLeft, fromRight);
                while (true) {
                    crowd.pause();
                    Integer element = either.await() == fromLeft ? fromLeft.value() : fromRight.value();
                    if (element == null) return;
                    received.add(element);
                }
            });
        }
        crowd.cancelSome();
        crowd.start("closer", () -> {
            crowd.awaitEnded("sender");
            left.close();
            right.close();
        });
        sim.run();
        for (Channel<Integer> each : List.of(left, right)) {
            for (Integer kept = each.tryReceive(); kept != null; kept = each.tryReceive()) received.add(kept);
        }
        assertEquals(sent.stream().sorted().toList(), received.stream().sorted().toList());
        assertTrue(left.isDrained() && right.isDrained());
    }
}
