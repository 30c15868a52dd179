package dev.pirn.weaver;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.MonitorInstruction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Queue;

/** How many monitors a method holds where, by data flow: at most, where paths differ. */
final class Monitors {
    private static final int DEPTH_MAX = 16; // An unbalanced loop would count for ever.

    private final Blocks blocks;
    private final int[] in;

    Monitors(Blocks blocks) {
        this.blocks = blocks;
        in = new int[blocks.count() + 1];
        if (blocks.body.elements.stream().anyMatch(MonitorInstruction.class::isInstance)) solve();
    }

    /** Whether a monitor is, or may be, held before the instruction. */
    boolean heldAt(int index) {
        int block = blocks.of(index);
        int depth = Math.max(0, in[block]);
        for (int i = blocks.start(block); i < index; i++) depth = step(depth, i);
        return depth > 0;
    }

    private void solve() {
        Arrays.fill(in, -1); // Not reached yet.
        in[0] = 0;
        var open = blocks.all();
        open.clear();
        open.add(0);
        var queued = new BitSet();
        while (!open.isEmpty()) {
            int block = open.poll();
            queued.clear(block);
            int depth = in[block];
            int most = depth;
            for (int i = blocks.start(block); i < blocks.end(block); i++) {
                if (blocks.body.get(i) instanceof Instruction) most = Math.max(most, depth);
                depth = step(depth, i);
            }
            int thrown = most;
            int left = depth;
            for (int handler : blocks.body.reachedHandlersAt(blocks.end(block) - 1)) {
                raise(blocks.of(handler), thrown, open, queued);
            }
            blocks.jumps(block, next -> raise(next, left, open, queued));
        }
    }

    private void raise(int block, int depth, Queue<Integer> open, BitSet queued) {
        if (depth <= in[block]) return;
        in[block] = depth;
        if (queued.get(block)) return;
        queued.set(block);
        open.add(block);
    }

    private int step(int depth, int index) {
        if (!(blocks.body.get(index) instanceof MonitorInstruction monitor)) return depth;
        return monitor.opcode() == Opcode.MONITORENTER
                ? Math.min(depth + 1, DEPTH_MAX)
                : Math.max(0, depth - 1);
    }
}
