package dev.pirn.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.Coroutines;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What rules do to requests, in virtual time. */
class FaultDriverTest {
    private static final int SIZE = 1 << 20;

    private final MemoryDriver memory = new MemoryDriver(SIZE);
    private FaultDriver faults;

    private interface Use {
        void of(BlockDevice disk) throws Exception;
    }

    private interface Request {
        void of(BlockDevice disk) throws IOException;
    }

    private void with(String spec, Use use) {
        with(spec, (sim, disk) -> use.of(disk));
    }

    private interface UseInTime {
        void of(Sim sim, BlockDevice disk) throws Exception;
    }

    private void with(String spec, UseInTime use) {
        faults = FaultDriver.of("disk", memory, FaultSpec.parse(spec));
        try (var sim = Sim.of(1)) {
            EventLoop loop = sim.loop("loop");
            sim.run(loop, "test", () -> use.of(sim, BlockDevice.of("disk", faults, false)));
        }
    }

    private static MemorySegment bytes(int length) {
        return MemorySegment.ofArray(new byte[length]).fill((byte) 'n');
    }

    private static final List<Request> EVERY = List.of(
            disk -> disk.read(512, bytes(4096)),
            disk -> disk.write(512, bytes(4096), true),
            disk -> disk.writeZeroes(512, 4096, true, true),
            disk -> disk.writeZeroesFast(512, 4096, true, true),
            disk -> disk.discard(512, 4096),
            BlockDevice::flush,
            disk -> disk.prefetch(512, 4096),
            disk -> disk.extents(512, 4096, 9));

    private static final List<String> EVERY_TRACE = List.of("read 512 +4096", "write 512 +4096 fua",
            "zero 512 +4096 unmap fua", "fast zero 512 +4096 unmap fua", "discard 512 +4096", "flush",
            "prefetch 512 +4096", "extents 512 +4096");

    @Test
    void whatNoRuleMeansPassesAsItIs() {
        with("error=EIO,offset=0-512", disk -> {
            for (Request each : EVERY) each.of(disk);
            assertTrue(disk.writeZeroesFast(512, 512, false, false));
            assertEquals(512, disk.extents(512, 512, 1).getFirst().length());
        });
        assertEquals(EVERY_TRACE, memory.trace.subList(0, EVERY.size()));
        assertEquals(0, faults.faults());
    }

    @Test
    void anErrorOfAnyRequestReachesNothingBelow() {
        with("error=EIO", disk -> {
            for (Request each : EVERY) assertThrows(IOException.class, () -> each.of(disk));
        });
        assertEquals(List.of(), memory.trace);
        assertEquals(EVERY.size(), faults.faults());
    }

    @ParameterizedTest
    @CsvSource({"read, 0", "write, 1", "zero, 2", "zero, 3", "discard, 4", "flush, 5", "prefetch, 6",
        "extents, 7"})
    void anErrorOfOneOperationLeavesTheOthers(String word, int which) {
        with("error=EIO,op=" + word, disk -> {
            for (int i = 0; i < EVERY.size(); i++) {
                Request request = EVERY.get(i);
                boolean other = i != which && !(word.equals("zero") && (i == 2 || i == 3));
                if (other) request.of(disk);
                else assertThrows(IOException.class, () -> request.of(disk));
            }
        });
    }

    @Test
    void theErrorSaysWhoAndWhatAndWhichRule() {
        with("error=EIO,op=read", disk -> assertEquals(
                "disk: read of [512, +4096) failed on purpose: EIO, by error=EIO,op=read",
                assertThrows(IOException.class, () -> EVERY.getFirst().of(disk)).getMessage()));
    }

    @ParameterizedTest
    @CsvSource({"EPERM, NOT_PERMITTED", "ENOMEM, NO_MEMORY", "EINVAL, INVALID", "ESHUTDOWN, SHUTTING_DOWN"})
    void errorsWithANameOfTheirOwn(String error, RefusedException.Reason reason) {
        with("error=" + error, disk -> assertEquals(reason,
                assertThrows(RefusedException.class, () -> EVERY.getFirst().of(disk)).reason()));
    }

    @Test
    void aFullDiskThrowsWhatAFullDiskDoes() {
        with("error=ENOSPC", disk -> assertThrows(NoSpaceException.class, () -> EVERY.get(1).of(disk)));
    }

    @ParameterizedTest
    @CsvSource({"4096, 4096, true", "8191, 1, true", "0, 4097, true", "0, 4096, false", "8192, 4096, false",
        "0, 1048576, true"})
    void aRangeMeansWhatTouchesIt(int offset, int length, boolean meant) {
        with("error=EIO,offset=4k-8k", disk -> {
            if (meant) assertThrows(IOException.class, () -> disk.read(offset, bytes(length)));
            else disk.read(offset, bytes(length));
        });
    }

    @ParameterizedTest
    @CsvSource({"nth=3, ..x.....", "every=3, ..x..x..", "count=2, xx......", "'every=2,count=1', .x......",
        "rate=1, xxxxxxxx"})
    void whichOfManyFail(String when, String expected) {
        assertEquals(expected, pattern("error=EIO,op=read," + when, 8));
    }

    @Test
    void chancesAreThoseOfTheSeed() {
        String first = pattern("error=EIO,op=read,rate=30%,seed=5", 200);
        assertEquals(first, pattern("error=EIO,op=read,rate=30%,seed=5", 200));
        assertFalse(first.equals(pattern("error=EIO,op=read,rate=30%,seed=6", 200)), first);
    }

    /** A dot for each read that succeeded, an x for one that did not; flushes between are not counted. */
    private String pattern(String spec, int count) {
        var pattern = new StringBuilder();
        with(spec, disk -> {
            for (int i = 0; i < count; i++) {
                disk.flush();
                try {
                    disk.read(0, bytes(1));
                    pattern.append('.');
                } catch (IOException e) {
                    assertTrue(e.getMessage().contains("on purpose"), e.getMessage());
                    pattern.append('x');
                }
            }
        });
        return pattern.toString();
    }

    @Test
    void aShortWriteHasDoneItsFirstHalf() {
        with("short=ENOSPC,op=write", disk -> {
            var e = assertThrows(NoSpaceException.class, () -> disk.write(512, bytes(5 * 512), true));
            assertEquals("disk: write of [512, +2560) failed on purpose after 1024 bytes: ENOSPC, "
                    + "by short=ENOSPC,op=write", e.getMessage());
        });
        assertEquals(List.of("write 512 +1024 fua"), memory.trace);
        assertEquals('n', memory.content.get(ValueLayout.JAVA_BYTE, 1535));
        assertEquals('o', memory.content.get(ValueLayout.JAVA_BYTE, 1536));
    }

    @Test
    void aShortRequestOfOneSectorDoesNothing() {
        with("short=EIO", disk -> assertThrows(IOException.class, () -> disk.write(0, bytes(1023), false)));
        assertEquals(List.of(), memory.trace);
    }

    @Test
    void whatHasNoPartsIsNeverShort() {
        with("short=EIO", disk -> {
            disk.flush();
            disk.extents(0, 4096, 1);
        });
        assertEquals(List.of("flush", "extents 0 +4096"), memory.trace);
    }

    @Test
    void aDelayPassesInVirtualTimeAndOthersOvertakeIt() {
        var order = new ArrayList<String>();
        with("delay=3600s,op=write", (sim, disk) -> {
            Duration begun = sim.now();
            EventLoop.current().start("reader", () -> {
                disk.read(0, bytes(1));
                order.add("read");
            });
            disk.write(0, bytes(1), false);
            order.add("write");
            assertTrue(sim.now().minus(begun).compareTo(Duration.ofHours(1)) >= 0, sim.now()::toString);
        });
        assertEquals(List.of("read", "write"), order);
        assertEquals(List.of("read 0 +1", "write 0 +1"), memory.trace);
    }

    @Test
    void delaysOfSeveralRulesAddUpAndTheFirstErrorCounts() {
        with("delay=10ms;error=EIO,delay=20ms;error=ENOSPC", (sim, disk) -> {
            Duration begun = sim.now();
            var e = assertThrows(IOException.class, () -> disk.flush());
            assertEquals("disk: flush failed on purpose: EIO, by error=EIO,delay=20ms", e.getMessage());
            assertEquals(30, sim.now().minus(begun).toMillis());
        });
    }

    @Test
    void jitterIsOfTheSeed() {
        var times = new ArrayList<Long>();
        for (int i = 0; i < 2; i++) {
            with("delay=10ms,jitter=1s,seed=4", (sim, disk) -> {
                Duration begun = sim.now();
                disk.flush();
                times.add(sim.now().minus(begun).toMillis());
                disk.flush();
                times.add(sim.now().minus(begun).toMillis());
            });
        }
        assertEquals(times.subList(0, 2), times.subList(2, 4));
        long first = times.get(0);
        long second = times.get(1) - first;
        assertTrue(first >= 10 && first <= 1010 && second >= 10 && second <= 1010 && first != second,
                times::toString);
    }

    @Test
    void endedDelaysLetWhoWaitsGoOnAndNobodyWaitAnyMore() {
        with("delay=3600s", (sim, disk) -> {
            Duration begun = sim.now();
            EventLoop.current().start("impatient", () -> {
                EventLoop.sleep(Duration.ofMillis(5));
                faults.endDelays();
            });
            disk.write(0, bytes(1), false);
            disk.flush();
            assertEquals(5, sim.now().minus(begun).toMillis());
        });
        assertEquals(List.of("write 0 +1", "flush"), memory.trace);
    }

    @Test
    void aCancelledDelayDoesNothing() {
        with("delay=3600s", disk -> {
            Throwable[] ended = {null};
            Coroutine writer = Coroutine.create("writer", () -> {
                try {
                    disk.write(0, bytes(1), false);
                } catch (CancellationException e) {
                    ended[0] = e;
                    throw e;
                }
            });
            EventLoop.current().execute(writer::enter);
            EventLoop.sleep(Duration.ofMillis(1));
            writer.cancel();
            EventLoop.sleep(Duration.ofMillis(1));
            assertInstanceOf(CancellationException.class, ended[0]);
            disk.close(); // Which it would refuse with a request inside.
        });
        assertEquals(List.of(), memory.trace);
        assertTrue(memory.closed);
    }

    @Test
    void theDumpSaysWhichRequestWaits() {
        with("delay=20.5ms,op=flush+read", disk -> {
            EventLoop.current().start("reader", () -> disk.read(4096, bytes(8)));
            EventLoop.sleep(Duration.ofMillis(1));
            var dump = new StringBuilder();
            Coroutines.dump(dump);
            String expected = "the end of a delay of 20.500 ms on purpose, of disk: read of [4096, +8)";
            assertTrue(dump.toString().contains(expected), dump::toString);
            disk.flush();
        });
    }
}
