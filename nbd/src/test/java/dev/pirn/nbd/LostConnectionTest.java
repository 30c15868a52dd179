package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that breaks: what is sent again, what fails, and when the client gives up. */
class LostConnectionTest {
    private static final NbdClientOptions TWICE =
            NbdClientOptions.DEFAULT.withReconnects(2, Duration.ofMillis(1));
    private static final int DONE = NBD_REPLY_FLAG_DONE;

    @TempDir
    private Path dir;
    private final List<String> trace = new ArrayList<>();

    /** What is done with the disk. */
    private interface Use {
        @CoroutineFn
        void of(BlockDevice disk) throws Exception;
    }

    /** Runs {@code use}; returns what each script heard and what became of it. */
    private List<String> run(NbdClientOptions options, Use use, FakeServer.Script... scripts)
            throws Exception {
        try (var fake = new FakeServer(dir, scripts); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), options)) {
                    use.of(disk);
                } finally {
                    EventLoop.sleep(Duration.ZERO);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(0).isClean());
            synchronized (trace) {
                return trace.stream().map(each -> each.replace(fake.uri().toString(), "URI")).toList();
            }
        }
    }

    private void note(Object what) {
        synchronized (trace) {
            trace.add(what.toString());
        }
    }

    private Request hear(FakeServer.Peer peer) throws IOException {
        Request request = peer.request();
        if (request.type() == NBD_CMD_WRITE) peer.receive((int) request.length());
        note(request);
        return request;
    }

    private static MemorySegment memory(int length) {
        return MemorySegment.ofArray(new byte[length]);
    }

    private FakeServer.Script hearAndBreak(int requests) {
        return peer -> {
            peer.handshake(USUAL);
            for (int i = 0; i < requests; i++) hear(peer);
        };
    }

    @CoroutineFn
    private void attempt(Use use, BlockDevice disk) throws Exception {
        try {
            use.of(disk);
            note("done");
        } catch (IOException e) {
            note(e.getMessage());
        }
    }

    @Test
    void readIsSentAgainAndGetsOnlyTheNewAnswer() throws Exception {
        byte[] bytes = new byte[4];
        run(TWICE, disk -> disk.read(0, MemorySegment.ofArray(bytes)), peer -> {
            peer.handshake(USUAL);
            peer.data(0, hear(peer).cookie(), 0, (byte) 9, (byte) 9);
        }, peer -> {
            peer.handshake(USUAL);
            peer.data(DONE, hear(peer).cookie(), 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
            peer.awaitLeave();
        });
        assertEquals(List.of("NBD_CMD_READ of [0, +4)", "NBD_CMD_READ of [0, +4)"), trace);
        assertEquals(0x01020304, ByteBuffer.wrap(bytes).getInt());
    }

    @Test
    void writeWithoutAnAnswerIsSentAgain() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)", "NBD_CMD_WRITE of [0, +4)", "done"),
                run(TWICE, disk -> attempt(it -> it.write(0, memory(4), false), disk),
                        hearAndBreak(1), peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    peer.awaitLeave();
                }));
    }

    @Test
    void writeThatAnotherHasOvertakenFails() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)", "NBD_CMD_WRITE of [2, +4)",
                "URI: NBD_CMD_WRITE of [0, +4) had no answer when the connection was lost, and is not sent "
                        + "again: a write of the same bytes was answered since"),
                run(TWICE, disk -> {
                    Task<Void> other = startWrite(disk, 2);
                    attempt(it -> it.write(0, memory(4), false), disk);
                    other.await();
                }, peer -> {
                    peer.handshake(USUAL);
                    hear(peer);
                    peer.done(hear(peer).cookie());
                }));
    }

    private static Task<Void> startWrite(BlockDevice disk, long offset) {
        return EventLoop.current().submit("other write", () -> {
            disk.write(offset, memory(4), false);
            return null;
        });
    }

    @Test
    void writeBesideOneThatWasAnsweredIsSentAgain() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)", "NBD_CMD_WRITE of [4, +4)",
                "NBD_CMD_WRITE of [0, +4)", "done"),
                run(TWICE, disk -> {
                    Task<Void> other = startWrite(disk, 4);
                    attempt(it -> it.write(0, memory(4), false), disk);
                    other.await();
                }, peer -> {
                    peer.handshake(USUAL);
                    hear(peer);
                    peer.done(hear(peer).cookie());
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    peer.awaitLeave();
                }));
    }

    @Test
    void flushAfterLostWritesFailsOnce() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)",
                "URI: the connection was lost after writes that were not flushed; what was written since the "
                        + "flush before may be lost",
                "NBD_CMD_FLUSH of [0, +0)", "done"),
                run(TWICE, disk -> {
                    disk.write(0, memory(4), false);
                    awaitLoss(disk);
                    attempt(BlockDevice::flush, disk);
                    attempt(BlockDevice::flush, disk);
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    peer.expect(NBD_CMD_READ);
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.data(DONE, peer.expect(NBD_CMD_READ).cookie(), 0, (byte) 1);
                    peer.done(hear(peer).cookie());
                    peer.awaitLeave();
                }));
    }

    /** A read that is answered by the next connection. */
    @CoroutineFn
    private static void awaitLoss(BlockDevice disk) throws IOException {
        disk.read(0, memory(1));
    }

    @Test
    void flushInFlightAfterWritesFails() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)", "NBD_CMD_FLUSH of [0, +0)",
                "URI: the connection was lost after writes that were not flushed; what was written since the "
                        + "flush before may be lost"),
                run(TWICE, disk -> {
                    disk.write(0, memory(4), false);
                    attempt(BlockDevice::flush, disk);
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    hear(peer);
                }));
    }

    @Test
    void flushAfterWritesThatAreDurableIsSentAgain() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [0, +4)", "NBD_CMD_FLUSH of [0, +0)",
                "NBD_CMD_FLUSH of [0, +0)", "done"),
                run(TWICE, disk -> {
                    disk.write(0, memory(4), true);
                    attempt(BlockDevice::flush, disk);
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    hear(peer);
                }, peer -> {
                    peer.handshake(USUAL);
                    peer.done(hear(peer).cookie());
                    peer.awaitLeave();
                }));
    }

    @Test
    void serverThatStaysAwayIsGivenUp() throws Exception {
        String gone = "URI: the connection was lost (the server closed the connection), and given up after 2 "
                + "attempts to reconnect: URI: cannot connect: Connection refused";
        assertEquals(List.of("NBD_CMD_READ of [0, +4)", gone, gone),
                run(TWICE, disk -> {
                    attempt(it -> it.read(0, memory(4)), disk);
                    attempt(it -> it.read(0, memory(4)), disk);
                }, hearAndBreak(1)));
    }

    @Test
    void noAttemptIsMadeWhereNoneIsAllowed() throws Exception {
        assertEquals(List.of("NBD_CMD_READ of [0, +4)",
                "URI: the connection was lost (the server closed the connection), and given up after 0 "
                        + "attempts to reconnect: the server closed the connection"),
                run(TWICE.withReconnects(0, Duration.ZERO),
                        disk -> attempt(it -> it.read(0, memory(4)), disk), hearAndBreak(1)));
    }

    @Test
    void connectionsThatBreakWithoutAReplyAreCountedAsAttempts() throws Exception {
        assertEquals(List.of("NBD_CMD_READ of [0, +4)", "NBD_CMD_READ of [0, +4)", "NBD_CMD_READ of [0, +4)",
                "URI: the connection was lost (the server closed the connection), and given up after 2 "
                        + "attempts to reconnect: the server closed the connection"),
                run(TWICE, disk -> attempt(it -> it.read(0, memory(4)), disk),
                        hearAndBreak(1), hearAndBreak(1), hearAndBreak(1)));
    }

    @Test
    void requestThatTheServerDiesOfIsGivenUpAlone() throws Exception {
        FakeServer.Script dying = peer -> {
            peer.handshake(USUAL);
            Request one = peer.expect(NBD_CMD_READ);
            Request two = peer.expect(NBD_CMD_READ);
            note(one.offset() == 0 ? one : two);
            peer.data(DONE, (one.offset() == 8 ? one : two).cookie(), 8, (byte) 1);
        };
        assertEquals(List.of("NBD_CMD_READ of [0, +1)", "NBD_CMD_READ of [0, +1)", "NBD_CMD_READ of [0, +1)",
                "NBD_CMD_READ of [0, +1)",
                "URI: NBD_CMD_READ of [0, +1) was given up: the connection was lost each of 4 times that it "
                        + "was sent"),
                run(TWICE, disk -> {
                    Task<Void> deadly = EventLoop.current().submit("deadly", () -> {
                        attempt(it -> it.read(0, memory(1)), disk);
                        return null;
                    });
                    for (int i = 0; i < 4; i++) disk.read(8, memory(1));
                    deadly.await();
                }, dying, dying, dying, dying));
    }

    @Test
    void anotherExportAfterAReconnectIsRefused() throws Exception {
        List<String> heard = run(TWICE, disk -> attempt(it -> it.read(0, memory(4)), disk), hearAndBreak(1),
                peer -> {
                    peer.handshake(USUAL.size(4096));
                    peer.awaitClosed();
                });
        assertEquals(2, heard.size());
        assertTrue(heard.get(1).startsWith("URI: the export is another after a reconnect: Agreed[size=4096,"),
                heard.get(1));
    }

    @Test
    void idleConnectionIsOpenedAgainByTheNextRequest() throws Exception {
        assertEquals(List.of("NBD_CMD_READ of [0, +4)", "done"),
                run(TWICE, disk -> {
                    for (int i = 0; i < 20; i++) EventLoop.sleep(Duration.ofMillis(1));
                    attempt(it -> it.read(0, memory(4)), disk);
                }, peer -> peer.handshake(USUAL), peer -> {
                    peer.handshake(USUAL);
                    peer.data(DONE, hear(peer).cookie(), 0, new byte[4]);
                    peer.awaitLeave();
                }));
    }

    @Test
    void closeWhileThereIsNoConnection() throws Exception {
        var options = TWICE.withReconnects(9, Duration.ofSeconds(60));
        assertEquals(List.of("NBD_CMD_READ of [0, +4)", "cancelled"), run(options, disk -> {
            Task<Void> reader = EventLoop.current().submit("reader", () -> {
                disk.read(0, memory(4));
                return null;
            });
            while (!heardSomething()) EventLoop.sleep(Duration.ofMillis(1));
            EventLoop.sleep(Duration.ofMillis(20)); // The loss is noticed, or not: it must not matter.
            reader.coroutine().cancel();
            try {
                reader.await();
            } catch (ExecutionException | CancellationException e) {
                note("cancelled");
            }
        }, hearAndBreak(1)));
    }

    private boolean heardSomething() {
        synchronized (trace) {
            return !trace.isEmpty();
        }
    }
}
