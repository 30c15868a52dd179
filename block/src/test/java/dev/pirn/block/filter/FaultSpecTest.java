package dev.pirn.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The grammar of rules, and what is said of what is none. */
class FaultSpecTest {
    private static FaultRule rule(String text) {
        return FaultSpec.parse(text).rules().getFirst();
    }

    @Test
    void everyKeyOfARule() {
        String text = "error=EIO,op=read+flush,offset=1M-2M,every=10,count=3,seed=7,delay=1.5ms,jitter=20us";
        assertEquals(new FaultRule(text, EnumSet.of(FaultOperation.READ, FaultOperation.FLUSH), 1 << 20,
                2 << 20, 0, 10, 1, 3, 7, 1_500_000, 20_000, FaultError.EIO, false), rule(text));
    }

    @Test
    void whatIsNotSaidIsEverywhereAndAlways() {
        assertEquals(new FaultRule("short=ENOSPC", EnumSet.allOf(FaultOperation.class), 0, Long.MAX_VALUE, 0,
                1, 1, Long.MAX_VALUE, 0, 0, 0, FaultError.ENOSPC, true), rule("short=ENOSPC"));
    }

    @Test
    void severalRules() {
        FaultSpec spec = FaultSpec.parse("error=EIO,op=read;delay=20ms,op=flush");
        assertEquals(List.of("error=EIO,op=read", "delay=20ms,op=flush"),
                spec.rules().stream().map(FaultRule::text).toList());
        assertEquals("error=EIO,op=read;delay=20ms,op=flush;error=EPERM",
                spec.plus(FaultSpec.parse("error=EPERM")).toString());
    }

    @ParameterizedTest
    @CsvSource({"trim, DISCARD", "cache, PREFETCH", "status, EXTENTS"})
    void wordsThatNbdHasForTheSame(String word, FaultOperation meant) {
        assertEquals(EnumSet.of(meant), rule("error=EIO,op=" + word).operations());
    }

    @ParameterizedTest
    @CsvSource({"0-1, 0, 1", "1-2k, 1, 2048", "4K-1T, 4096, 1099511627776",
        "3G-, 3221225472, 9223372036854775807"})
    void ranges(String range, long start, long end) {
        FaultRule rule = rule("error=EIO,offset=" + range);
        assertEquals(start, rule.start());
        assertEquals(end, rule.end());
    }

    @ParameterizedTest
    @CsvSource({"0.25, 0.25", "10%, 0.1", "1, 1", "100%, 1", "0.5%, 0.005"})
    void rates(String rate, double expected) {
        assertEquals(expected, rule("error=EIO,rate=" + rate).rate());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', delimiter = '|', value = {
        "\"\" | at character 1: a key is one of error, short, delay, jitter, op, offset, nth, every, "
                + "rate, seed, count: nothing",
        "fail=EIO | at character 1: a key is one of error, short, delay, jitter, op, offset, nth, every, "
                + "rate, seed, count: fail",
        "error | at character 6: = behind error: nothing",
        "error=ENOENT | at character 7: error is EIO, ENOSPC, EPERM, ENOMEM, EINVAL or ESHUTDOWN: ENOENT",
        "error=EIO,op=reed | at character 14: op is any, read, write, zero, discard, flush, extents or "
                + "prefetch, or several with + between: reed",
        "error=EIO;delay=20 | at character 17: delay is a time, such as 300us, 20ms or 1.5s: 20",
        "delay=0s | at character 7: delay is more than 0 and at most 3600s: 0s",
        "delay=3601s | at character 7: delay is more than 0 and at most 3600s: 3601s",
        "error=EIO,offset=2M-1M | at character 18: offset begins before it ends: 2M-1M",
        "error=EIO,offset=1M | at character 18: offset is A-B or A-, in bytes or with k, M, G or T: 1M",
        "error=EIO,offset=0-8388608T | at character 18: offset is less than 8 EiB: 0-8388608T",
        "error=EIO,op=flush,offset=0-1 | at character 27: flush has no offset: 0-1",
        "error=EIO,nth=0 | at character 15: nth is a number from 1 on: 0",
        "error=EIO,every=-1 | at character 17: every is a number from 1 on: -1",
        "error=EIO,rate=2 | at character 16: rate is more than 0 and at most 1, or a percentage such as "
                + "10%: 2",
        "error=EIO,rate=0 | at character 16: rate is more than 0 and at most 1, or a percentage such as "
                + "10%: 0",
        "error=EIO,nth=1,every=2 | at character 15: one of nth, every and rate, not every and nth: 1",
        "error=EIO,short=EIO | at character 17: either error or short: EIO",
        "short=EIO,op=flush | at character 14: short is of requests that have parts: flush",
        "error=EIO,jitter=1ms | at character 18: jitter needs delay=: 1ms",
        "op=read | at character 1: a rule says error=, short= or delay=: op=read",
        "error=EIO; | at character 11: a key is one of error, short, delay, jitter, op, offset, nth, every, "
                + "rate, seed, count: nothing",
        "error=EIO,op=read,op=write | at character 19: given twice in one rule: op",
    })
    void whatIsNoRuleIsRefusedWhereItStands(String text, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> FaultSpec.parse(text))
                .getMessage());
    }

    @Test
    void moreRulesThanAnybodyNeeds() {
        String many = "error=EIO;".repeat(64);
        assertEquals("at character 641: at most 64 rules: error=EIO",
                assertThrows(IllegalArgumentException.class, () -> FaultSpec.parse(many + "error=EIO"))
                        .getMessage());
    }

    @Test
    void aRateIsMetAndTheSameForTheSameSeed() {
        FaultRule one = rule("error=EIO,rate=0.1,seed=7");
        FaultRule again = rule("error=EIO,rate=0.1,seed=7");
        FaultRule other = rule("error=EIO,rate=0.1,seed=8");
        int hits = 0;
        int same = 0;
        for (int n = 1; n <= 100_000; n++) {
            assertEquals(one.means(n), again.means(n));
            if (one.means(n)) hits++;
            if (one.means(n) && other.means(n)) same++;
        }
        assertTrue(hits > 9500 && hits < 10_500, hits + " of 100000");
        assertTrue(same > 800 && same < 1200, same + " with both seeds");
    }
}
