package dev.pirn.aio;

/**
 * What an {@link EventLoop} has done since it was made, as of the end of its last turn.
 *
 * @param turns how many turns have ended, nested ones included
 * @param handlers handlers called: bottom halves, watches and notifiers; idle bottom halves do not count
 * @param coroutines scheduled coroutines entered, and those that these woke
 * @param timers timers fired
 * @param signals waits that another thread ended, or began to end
 * @param pollHits waits that ended before the loop slept, by adaptive polling
 * @param longestTurnNanos the longest time from one look at what is ready to the next
 * @param live coroutines that ran in the loop last and have not ended; the lost are among them
 */
public record LoopStatistics(long turns, long handlers, long coroutines, long timers, long signals,
        long pollHits, long longestTurnNanos, long live) { }
