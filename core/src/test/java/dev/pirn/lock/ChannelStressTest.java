package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Senders and receivers of several loops, some by select, some cancelled, at random; each element that was
 * sent is received once, and each receiver sees those of one sender in order.
 */
class ChannelStressTest {
    private static final int LOOPS = 3;
    private static final int SENDERS = 6; // Two for each channel.
    private static final int ELEMENTS = 300;

    private record Element(int sender, int number) { }

    /** Some that are the same each time, and a new one. */
    static LongStream seeds() {
        long same = Boolean.getBoolean("pirn.long") ? 200 : 3;
        return LongStream.concat(LongStream.rangeClosed(1, same), LongStream.of(System.nanoTime()));
    }

    private final ConcurrentLinkedQueue<Element> sent = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<List<Element>> received = new ConcurrentLinkedQueue<>();

    @ParameterizedTest @MethodSource("seeds")
    void eachElementIsReceivedOnce(long seed) throws Exception {
        String label = "seed " + seed;
        var random = new Random(seed);
        List<Channel<Element>> channels = List.of(Channel.of("a", 0), Channel.of("b", 1),
                Channel.of("c", random.nextInt(8)));
        try (var loops = new Loops(LOOPS)) {
            var senders = new ArrayList<Task<Void>>();
            var receivers = new ArrayList<Task<Void>>();
            for (int i = 0; i < SENDERS; i++) {
                int number = i;
                var own = new Random(random.nextLong());
                senders.add(loops.submit(i, "sender " + i, () -> send(number, own, channels)));
                var others = new Random(random.nextLong());
                receivers.add(loops.submit(i + 1, "receiver " + i, () -> receive(others, channels)));
            }
            for (int i = 0; i < SENDERS; i += 2) cancelSoon(loops, random, receivers.get(i));
            cancelSoon(loops, random, senders.getFirst());
            // As soon as its own have ended: receivers may be stuck in its line, missing elsewhere.
            for (int i = 0; i < channels.size(); i++) {
                Channel<Element> channel = channels.get(i);
                CompletableFuture.allOf(senders.get(i).future(), senders.get(i + channels.size()).future())
                        .whenComplete((none, failure) -> channel.close());
            }
            await(label, senders);
            await(label, receivers);
        }
        assertEquals(sorted(sent), sorted(received.stream().flatMap(List::stream).toList()), label);
        for (List<Element> each : received) {
            var last = new int[SENDERS];
            Arrays.fill(last, -1);
            for (Element element : each) {
                if (element.number <= last[element.sender]) {
                    throw new AssertionError(label + ": " + element + " after " + last[element.sender]);
                }
                last[element.sender] = element.number;
            }
        }
    }

    private static List<String> sorted(Iterable<Element> elements) {
        var all = new ArrayList<String>();
        for (Element each : elements) all.add(each.toString());
        all.sort(null);
        return all;
    }

    private static void cancelSoon(Loops loops, Random random, Task<?> task) {
        int turns = random.nextInt(300);
        loops.submit(random.nextInt(LOOPS), "canceller", () -> {
            for (int i = 0; i < turns; i++) EventLoop.yieldTurn();
            task.coroutine().cancel();
        });
    }

    private static void await(String label, List<Task<Void>> tasks) throws Exception {
        for (Task<Void> each : tasks) {
            try {
                each.future().get(60, TimeUnit.SECONDS);
            } catch (CancellationException e) {
                continue; // As it was told.
            } catch (Exception e) {
                throw new AssertionError(label + ": " + each, e);
            }
        }
    }

    /** One channel for all: else a receiver by select could see the elements in another order. */
    @CoroutineFn
    private void send(int number, Random random, List<Channel<Element>> channels) {
        Channel<Element> channel = channels.get(number % channels.size());
        Channel<Element> never = Channel.of("never", 0);
        for (int i = 0; i < ELEMENTS; i++) {
            var element = new Element(number, i);
            switch (random.nextInt(3)) {
                case 0 -> Select.of(never.receiving(), channel.sending(element)).await();
                case 1 -> {
                    if (!channel.trySend(element)) channel.send(element);
                }
                default -> channel.send(element);
            }
            sent.add(element);
            if (random.nextInt(10) == 0) EventLoop.yieldTurn();
            if (random.nextInt(100) == 0) EventLoop.sleep(Duration.ofNanos(random.nextInt(1_000_000)));
        }
    }

    @CoroutineFn
    private void receive(Random random, List<Channel<Element>> channels) {
        var own = new ArrayList<Element>();
        received.add(own);
        var open = new ArrayList<>(channels);
        while (!open.isEmpty()) {
            Channel<Element> one = open.get(random.nextInt(open.size()));
            if (random.nextInt(10) == 0) EventLoop.yieldTurn();
            if (random.nextBoolean()) {
                Element next = one.receive();
                if (next != null) own.add(next); else open.remove(one);
                continue;
            }
            Case<?> done = Select.of(open.stream().map(Channel::receiving).toArray(Case<?>[]::new)).await();
            if (done.value() != null) own.add((Element) done.value()); else open.remove(done.channel);
            Element more = random.nextInt(3) == 0 ? one.tryReceive() : null;
            if (more != null) own.add(more);
        }
    }
}
