package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** Sends what is queued, in order, several requests to one gathered write: one coroutine at a time. */
final class RequestSender {
    private final ArrayDeque<Call> queue = new ArrayDeque<>();
    private final Call[] sending = new Call[Limits.REPLIES_GATHERED_MAX];
    private final ByteBuffer[] pieces = new ByteBuffer[Limits.REPLIES_GATHERED_MAX];
    private final ByteBuffer[] headers = new ByteBuffer[Limits.REPLIES_GATHERED_MAX];
    private final Calls calls;
    private Completion<Void> idle;
    private boolean leaving;

    RequestSender(Calls calls) {
        this.calls = calls;
        int size = Framing.EXTENDED.requestSize(); // The others' is smaller.
        ByteBuffer all = ByteBuffer.allocateDirect(headers.length * size);
        for (int i = 0; i < headers.length; i++) headers[i] = all.slice(i * size, size);
    }

    /** Has it sent, soon. Does not suspend. */
    void add(Call call) {
        queue.add(call);
        wake();
    }

    /** Takes a call out that has not been sent; returns whether it was there. */
    boolean remove(Call call) {
        return queue.remove(call);
    }

    /** Takes all out. */
    void clear() {
        queue.clear();
    }

    /** Has {@link #send} say goodbye and close, after what is queued. */
    void leave() {
        leaving = true;
        wake();
    }

    private void wake() {
        Completion<Void> waits = idle;
        if (waits == null) return;
        idle = null;
        waits.complete(null);
    }

    /** Sends over {@code link} until it is lost, or left. Suspends. */
    @CoroutineFn
    void send(Link link) throws IOException {
        while (true) {
            if (!queue.isEmpty()) {
                sendQueued(link);
            } else if (leaving) {
                sayGoodbye(link);
                return;
            } else {
                awaitWork();
            }
        }
    }

    @CoroutineFn
    private void awaitWork() {
        var work = new Completion<Void>("a request to send");
        idle = work;
        try {
            work.join();
        } finally {
            idle = null; // Also for who was cancelled: nobody must wake the next link's sender through it.
        }
    }

    @CoroutineFn
    private void sendQueued(Link link) throws IOException {
        int count = 0;
        for (; count < sending.length && !queue.isEmpty(); count++) {
            Call call = queue.remove();
            sending[count] = call;
            pieces[count] = call.message(headers[count], link.agreed().framing());
            call.sending = true;
            calls.sent(call);
        }
        try {
            link.stream().write(pieces, 0, count);
        } finally {
            for (int i = 0; i < count; i++) {
                sending[i].sending = false;
                sending[i].release();
                sending[i] = null;
                pieces[i] = null;
            }
        }
    }

    @CoroutineFn
    private void sayGoodbye(Link link) throws IOException {
        Framing framing = link.agreed().framing();
        ByteBuffer message = ByteBuffer.allocate(framing.requestSize());
        new Request(0, NBD_CMD_DISC, 0, 0, 0).put(message, framing);
        try {
            link.stream().write(message.flip());
        } finally {
            link.close();
        }
    }
}
