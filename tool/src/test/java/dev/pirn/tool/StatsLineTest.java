package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.nbd.NbdStatistics;
import org.junit.jupiter.api.Test;

class StatsLineTest {
    @Test
    void ratesAreThoseOfTheTimeThatPassed() {
        var before = new NbdStatistics(1000, 2, 5 << 20, 1 << 20);
        var now = new NbdStatistics(1500, 5, 15 << 20, 4 << 20);
        assertEquals("stats: clients 3, requests/s 250, read MiB/s 5.0, written MiB/s 1.5, errors 3, "
                + "requests in all 1500", StatsLine.line(3, before, now, 2));
    }
}
