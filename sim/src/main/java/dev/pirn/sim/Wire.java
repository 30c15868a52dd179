package dev.pirn.sim;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * One direction of a connection: bytes that were written, are on their way, and have arrived.
 *
 * <pre>
 *   write ──▶ on their way ──some virtual time, in order──▶ arrived ──▶ read
 *             └────────── socketBytesMax of them at most ─────────┘
 * </pre>
 */
final class Wire {
    private final SimWorld world;
    private final SimOptions options;
    private final ArrayDeque<ByteBuffer> arrived = new ArrayDeque<>();
    /** Bytes on their way, and those that have arrived and were not read. */
    private int used;
    private long lastNanos;
    private boolean ended;
    private boolean endArrived;
    private boolean reset;
    private boolean readerGone;
    /** The other direction, which is reset with this one. */
    private Wire back;

    private Wire(SimWorld world) {
        this.world = world;
        this.options = world.options;
    }

    /** Makes both directions of a connection. */
    static Wire[] pair(SimWorld world) {
        var there = new Wire(world);
        var back = new Wire(world);
        there.back = back;
        back.back = there;
        return new Wire[] {there, back};
    }

    boolean isReadable() {
        return reset || endArrived || !arrived.isEmpty();
    }

    boolean isWritable() {
        return reset || ended || used < options.socketBytesMax();
    }

    /** Reads what is there and fits, or less; 0 if nothing is, -1 at the end. */
    int read(ByteBuffer target) throws IOException {
        mayReset();
        if (reset) throw new SocketException("Connection reset");
        if (arrived.isEmpty()) return endArrived ? -1 : 0;
        int most = shortened(Math.min(target.remaining(), bytesArrived()));
        for (int left = most; left > 0; ) {
            ByteBuffer first = arrived.getFirst();
            int count = Math.min(left, first.remaining());
            target.put(target.position(), first, first.position(), count);
            target.position(target.position() + count);
            first.position(first.position() + count);
            if (!first.hasRemaining()) arrived.removeFirst();
            left -= count;
        }
        used -= most;
        return most;
    }

    private int bytesArrived() {
        int bytes = 0;
        for (ByteBuffer each : arrived) bytes += each.remaining();
        return bytes;
    }

    /** Sends what has room, or less; 0 if nothing has. */
    int write(ByteBuffer source) throws IOException {
        mayReset();
        if (reset || ended) throw new IOException("Broken pipe");
        int most = shortened(Math.min(source.remaining(), options.socketBytesMax() - used));
        if (most == 0) return 0;
        var copy = ByteBuffer.allocate(most);
        copy.put(0, source, source.position(), most);
        source.position(source.position() + most);
        used += most;
        later(() -> arrive(copy));
        return most;
    }

    /** Half of the short ones are of one byte: that is where errors are. */
    private int shortened(int most) {
        if (most < 2 || !world.random.chance(options.shortSocket())) return most;
        return world.random.chance(0.5) ? 1 : 1 + world.random.below(most);
    }

    private void arrive(ByteBuffer bytes) {
        if (readerGone) reset(); else if (!reset) arrived.add(bytes);
    }

    /** The writer has said all. */
    void end() {
        if (ended) return;
        ended = true;
        later(() -> endArrived = true);
    }

    /** Nobody will read any more: what was not read, or what still comes, resets the connection. */
    void abandon() {
        readerGone = true;
        if (!arrived.isEmpty()) reset();
    }

    private void mayReset() {
        if (world.random.chance(options.reset())) reset();
    }

    /** Both sides are told, by what they do next; what was on its way is lost. */
    private void reset() {
        for (Wire each : new Wire[] {this, back}) {
            each.reset = true;
            each.arrived.clear();
            each.used = 0;
        }
    }

    /** Has it happen when it arrives: after all that was sent before. */
    private void later(Runnable event) {
        lastNanos = Math.max(lastNanos, world.nanoTime() + world.random.upTo(options.networkNanosMax()));
        world.agenda.add(lastNanos, false, event);
    }
}
