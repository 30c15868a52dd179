package dev.pirn.block.qcow2;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A piece of a table in a {@link TableCache}, which alone changes its state. */
final class Slice {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final long at;
    private MemorySegment bytes;
    private boolean dirty;
    private boolean frozen;

    /** What stands in the file soon. */
    record Frozen(Slice slice, MemorySegment bytes) {
        long at() {
            return slice.at;
        }
    }

    Slice(long at, MemorySegment bytes) {
        this.at = at;
        this.bytes = bytes;
    }

    static MemorySegment allocate(int size) {
        return Arena.ofAuto().allocate(size, Long.BYTES);
    }

    long at() {
        return at;
    }

    MemorySegment bytes() {
        return bytes;
    }

    long word(int index) {
        return bytes.get(WORD, (long) index * Long.BYTES);
    }

    void set(int index, long value) {
        bytes.set(WORD, (long) index * Long.BYTES, value);
    }

    boolean isDirty() {
        return dirty;
    }

    boolean isFrozen() {
        return frozen;
    }

    void touch() {
        if (frozen && !dirty) {
            MemorySegment copy = allocate((int) bytes.byteSize());
            bytes = copy.copyFrom(bytes);
        }
        dirty = true;
    }

    Frozen freeze() {
        dirty = false;
        frozen = true;
        return new Frozen(this, bytes);
    }

    void thaw() {
        frozen = false;
    }

    /** Its memory, which nobody else has then. */
    MemorySegment recycle() {
        return bytes;
    }
}
