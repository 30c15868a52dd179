package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A caller who is cancelled: it has its memory back at once, and the stream stays in step. */
class CancelledCallTest {
    private static final int DONE = NBD_REPLY_FLAG_DONE;
    private static final int LARGE = 4 << 20; // More than a socket takes while nobody reads.

    @TempDir
    private Path dir;
    private final CountDownLatch heard = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    private interface Use {
        @CoroutineFn
        void of(BlockDevice disk) throws Exception;
    }

    private void run(Use use, FakeServer.Script script) throws Exception {
        try (var fake = new FakeServer(dir, script); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT)) {
                    use.of(disk);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(0).isClean());
        }
    }

    private static Task<Void> startRead(BlockDevice disk, long offset, byte[] target) {
        return EventLoop.current().submit("read", () -> {
            disk.read(offset, MemorySegment.ofArray(target));
            return null;
        });
    }

    private static Task<Void> startWrite(BlockDevice disk, long offset, byte[] source) {
        return EventLoop.current().submit("write", () -> {
            disk.write(offset, MemorySegment.ofArray(source), false);
            return null;
        });
    }

    /** Cancels {@code task} when the server has heard what it waits for, and waits for its end. */
    @CoroutineFn
    private void cancelWhenHeard(Task<Void> task) throws ExecutionException {
        while (heard.getCount() > 0) EventLoop.sleep(Duration.ofMillis(1));
        cancel(task);
    }

    @CoroutineFn
    private void cancel(Task<Void> task) throws ExecutionException {
        task.coroutine().cancel();
        try {
            task.await();
        } catch (CancellationException e) {
            cancelled.countDown();
            return;
        }
        throw new AssertionError("it was not cancelled");
    }

    @Test
    void replyToACancelledReadGoesIntoTheVoid() throws Exception {
        byte[] first = new byte[4];
        byte[] second = new byte[4];
        run(disk -> {
            cancelWhenHeard(startRead(disk, 0, first));
            disk.read(4, MemorySegment.ofArray(second));
        }, peer -> {
            peer.handshake(USUAL);
            Request read = peer.expect(NBD_CMD_READ);
            heard.countDown();
            cancelled.await();
            peer.data(DONE, read.cookie(), 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
            peer.data(DONE, peer.expect(NBD_CMD_READ).cookie(), 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8);
            peer.awaitLeave();
        });
        assertArrayEquals(new byte[4], first);
        assertArrayEquals(new byte[] {5, 6, 7, 8}, second);
    }

    @Test
    void readThatIsCancelledWithinItsData() throws Exception {
        byte[] first = new byte[4];
        byte[] second = new byte[4];
        run(disk -> {
            Task<Void> read = startRead(disk, 0, first);
            while (first[1] == 0) EventLoop.sleep(Duration.ofMillis(1));
            cancel(read);
            disk.read(4, MemorySegment.ofArray(second));
        }, peer -> {
            peer.handshake(USUAL);
            Request read = peer.expect(NBD_CMD_READ);
            peer.header(DONE, NBD_REPLY_TYPE_OFFSET_DATA, read.cookie(), 12);
            peer.send(ByteBuffer.allocate(10).put(8, (byte) 1).put(9, (byte) 2));
            cancelled.await();
            peer.send(ByteBuffer.wrap(new byte[] {3, 4}));
            peer.data(DONE, peer.expect(NBD_CMD_READ).cookie(), 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8);
            peer.awaitLeave();
        });
        assertArrayEquals(new byte[] {1, 2, 0, 0}, first);
        assertArrayEquals(new byte[] {5, 6, 7, 8}, second);
    }

    @Test
    void writeThatIsCancelledWithinItsPayloadIsSentWhole() throws Exception {
        byte[] source = new byte[LARGE];
        Arrays.fill(source, (byte) 1);
        run(disk -> {
            Task<Void> write = startWrite(disk, 0, source);
            cancelWhenHeard(write);
            Arrays.fill(source, (byte) 2); // It is the caller's again.
            disk.flush();
        }, peer -> {
            peer.handshake(USUAL.size(2 * LARGE));
            Request write = peer.request();
            heard.countDown();
            cancelled.await();
            byte[] expected = new byte[LARGE];
            Arrays.fill(expected, (byte) 1);
            assertArrayEquals(expected, peer.receive(LARGE).array());
            peer.done(write.cookie());
            peer.done(peer.expect(NBD_CMD_FLUSH).cookie());
            peer.awaitLeave();
        });
    }

    @Test
    void writeThatIsAnsweredBeforeItsPayloadWasReadIsSentWhole() throws Exception {
        byte[] ones = new byte[LARGE];
        byte[] twos = new byte[LARGE];
        Arrays.fill(ones, (byte) 1);
        Arrays.fill(twos, (byte) 2);
        run(disk -> {
            disk.write(0, MemorySegment.ofArray(ones), false);
            Task<Void> second = startWrite(disk, LARGE, twos);
            EventLoop.sleep(Duration.ofMillis(1));
            cancelled.countDown();
            second.await();
        }, peer -> {
            peer.handshake(USUAL.size(2 * LARGE));
            peer.done(peer.request().cookie());
            cancelled.await();
            assertArrayEquals(ones, peer.receive(LARGE).array());
            Request second = peer.request();
            assertArrayEquals(twos, peer.receive(LARGE).array());
            peer.done(second.cookie());
            peer.awaitLeave();
        });
    }

    @Test
    void requestThatIsCancelledBeforeItIsSentIsNotSent() throws Exception {
        run(disk -> {
            Task<Void> write = startWrite(disk, 0, new byte[LARGE]);
            Task<Void> read = startRead(disk, LARGE, new byte[4]);
            while (heard.getCount() > 0) EventLoop.sleep(Duration.ofMillis(1));
            Task<Void> other = startRead(disk, LARGE + 8, new byte[4]);
            EventLoop.sleep(Duration.ofMillis(1));
            cancel(other);
            write.await();
            read.await();
        }, peer -> {
            peer.handshake(USUAL.size(2 * LARGE));
            Request write = peer.request();
            heard.countDown();
            cancelled.await();
            peer.receive(LARGE);
            peer.done(write.cookie());
            peer.data(DONE, peer.expect(NBD_CMD_READ).cookie(), LARGE, new byte[4]);
            peer.awaitLeave();
        });
    }

    @Test
    void whoComesToTheBytesOfACancelledWriteWaitsForItsReply() throws Exception {
        byte[] bytes = new byte[4];
        run(disk -> {
            cancelWhenHeard(startWrite(disk, 0, new byte[8]));
            Task<Void> late = startWrite(disk, 7, bytes);
            disk.read(100, MemorySegment.ofArray(bytes)); // Others need not wait.
            disk.read(200, MemorySegment.ofArray(bytes)); // It would have been sent before this one.
            disk.discard(300, 1);
            late.await();
        }, peer -> {
            peer.handshake(USUAL);
            Request write = peer.expect(NBD_CMD_WRITE);
            heard.countDown();
            cancelled.await();
            for (int i = 1; i <= 2; i++) {
                Request other = peer.expect(NBD_CMD_READ);
                peer.data(DONE, other.cookie(), 100 * i, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
            }
            peer.done(peer.expect(NBD_CMD_TRIM).cookie());
            peer.done(write.cookie());
            peer.done(peer.expect(NBD_CMD_WRITE).cookie());
            peer.awaitLeave();
        });
    }

    @Test
    void cancelledCallsGiveTheirBudgetBack() throws Exception {
        run(disk -> {
            for (int i = 0; i < 3 * Limits.CALLS_MAX; i++) {
                Task<Void> read = startRead(disk, 0, new byte[4]);
                EventLoop.sleep(Duration.ZERO);
                cancelSoon(read);
            }
            disk.flush();
        }, peer -> {
            peer.handshake(USUAL);
            for (Request request = peer.request(); request.type() != NBD_CMD_DISC; request = peer.request()) {
                if (request.type() == NBD_CMD_READ) peer.data(DONE, request.cookie(), 0, new byte[4]);
                else peer.done(request.cookie());
            }
            peer.awaitClosed();
        });
    }

    @CoroutineFn
    private static void cancelSoon(Task<Void> task) throws ExecutionException {
        task.coroutine().cancel();
        try {
            task.await();
        } catch (CancellationException e) {
            // Or it was done before.
        }
    }

    @Test
    void closingTheLoopTellsWhoWaits() throws Exception {
        var failure = new Throwable[1];
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(USUAL);
            peer.expect(NBD_CMD_READ);
            heard.countDown();
            peer.awaitClosed();
        }); var loop = EventLoop.open("client")) {
            var disk = new BlockDevice[1];
            loop.run("test", () -> {
                disk[0] = NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT);
                Task<Void> read = startRead(disk[0], 0, new byte[4]);
                loop.start("watch", () -> {
                    try {
                        read.await();
                    } catch (ExecutionException e) {
                        failure[0] = e;
                    }
                });
                while (heard.getCount() > 0) EventLoop.sleep(Duration.ofMillis(1));
                return null;
            });
            loop.shutdown(100);
            disk[0].close();
        }
        String text = failure[0].getMessage();
        assertTrue(text.endsWith("its event loop was closed"), text);
    }
}
