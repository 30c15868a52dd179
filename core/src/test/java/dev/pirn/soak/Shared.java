package dev.pirn.soak;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.Channel;
import dev.pirn.lock.CoBudget;
import dev.pirn.lock.CoMutex;
import dev.pirn.lock.CoQueue;
import dev.pirn.lock.CoRwLock;
import dev.pirn.lock.CoSemaphore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** What all workers share, each thing behind its lock, and whether it is still as it must be. */
final class Shared {
    private static final int BOX_SIZE = 4;
    private static final int PERMITS = 3;
    private static final int BUDGET = 100;

    final CoMutex mutex = new CoMutex("pair");
    private long left;
    private long right;

    final CoMutex boxMutex = new CoMutex("box");
    private final CoQueue filled = new CoQueue("filled");
    private final CoQueue emptied = new CoQueue("emptied");
    private final ArrayDeque<Long> box = new ArrayDeque<>();
    final AtomicLong put = new AtomicLong();
    final AtomicLong taken = new AtomicLong();

    final CoRwLock rwlock = new CoRwLock("table");
    private long first;
    private long second;

    final CoSemaphore semaphore = new CoSemaphore("permits", PERMITS);
    private final AtomicInteger inside = new AtomicInteger();

    final CoBudget budget = new CoBudget("budget", BUDGET);
    private final AtomicLong out = new AtomicLong();

    final Channel<Long> channel = Channel.of("numbers", 8);
    final AtomicLong sent = new AtomicLong();
    final AtomicLong received = new AtomicLong();

    private static void require(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    @CoroutineFn
    private static void pause(RandomGenerator random) {
        if (random.nextInt(4) == 0) EventLoop.yieldTurn();
        else if (random.nextInt(50) == 0) EventLoop.sleep(Duration.ofNanos(random.nextInt(100_000)));
    }

    @CoroutineFn
    void underMutex(RandomGenerator random) {
        try (var _ = mutex.hold()) {
            require(left == right, "half of a change under a mutex");
            left++;
            try {
                pause(random);
            } finally {
                right++;
            }
        }
    }

    @CoroutineFn
    void putIntoBox(long element) {
        try (var _ = boxMutex.hold()) {
            while (box.size() == BOX_SIZE) emptied.await(boxMutex);
            box.add(element);
            put.addAndGet(element);
            filled.next();
        }
    }

    /** Takes from the box until a negative element comes. */
    @CoroutineFn
    void empty() {
        while (true) {
            try (var _ = boxMutex.hold()) {
                while (box.isEmpty()) filled.await(boxMutex);
                long element = box.remove();
                emptied.next();
                if (element < 0) return;
                taken.addAndGet(element);
            }
        }
    }

    @CoroutineFn
    void readOrWrite(RandomGenerator random) {
        boolean writes = random.nextInt(4) == 0;
        if (writes) rwlock.writeLock(); else rwlock.readLock();
        try {
            if (writes) write(random); else read(random);
            if (writes && random.nextBoolean()) {
                rwlock.downgrade();
                read(random);
            } else if (!writes && random.nextInt(4) == 0) {
                rwlock.upgrade();
                write(random);
            }
        } finally {
            rwlock.unlock();
        }
    }

    @CoroutineFn
    private void read(RandomGenerator random) {
        long before = first;
        require(before == second, "half of a write");
        pause(random);
        require(before == first && before == second, "a write while it was read");
    }

    @CoroutineFn
    private void write(RandomGenerator random) {
        first++;
        try {
            pause(random);
        } finally {
            second++;
        }
    }

    @CoroutineFn
    void withPermit(RandomGenerator random) {
        semaphore.acquire();
        try {
            require(inside.incrementAndGet() <= PERMITS, "too many permits");
            pause(random);
        } finally {
            inside.decrementAndGet();
            semaphore.release();
        }
    }

    @CoroutineFn
    void withBudget(RandomGenerator random) {
        int count = 1 + random.nextInt(BUDGET);
        budget.get(count);
        try {
            require(out.addAndGet(count) <= BUDGET, "more than the budget is out");
            pause(random);
        } finally {
            out.addAndGet(-count);
            budget.put(count);
        }
    }

    @CoroutineFn
    void send(long element) {
        channel.send(element);
        sent.addAndGet(element);
    }

    @CoroutineFn
    void receiveAll() {
        channel.each(received::addAndGet);
    }

    /** All is given back, and nothing was lost. */
    void requireAtRest() {
        require(!mutex.isLocked() && left == right, "the pair");
        require(!boxMutex.isLocked() && box.isEmpty() && put.get() == taken.get(), "the box: put " + put
                + ", taken " + taken + ", in it " + box);
        require(rwlock.holders().isEmpty() && first == second, "the table");
        require(semaphore.available() == PERMITS, "permits: " + semaphore.available());
        budget.close();
        require(sent.get() == received.get(), "the channel: sent " + sent + ", received " + received);
    }
}
