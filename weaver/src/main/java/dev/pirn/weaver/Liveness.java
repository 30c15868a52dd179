package dev.pirn.weaver;

import java.lang.classfile.CodeElement;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Which locals will still be read, by slot; of wide ones the first slot counts. */
final class Liveness {
    private final Blocks blocks;
    private final BitSet[] in; // By block; one more for the end.
    private final Map<Integer, BitSet> after = new HashMap<>();

    /** @param asked of which instructions {@link #after} will be asked */
    Liveness(Blocks blocks, BitSet asked) {
        this.blocks = blocks;
        in = new BitSet[blocks.count() + 1];
        for (int i = 0; i < in.length; i++) in[i] = new BitSet();
        solve();
        for (int i = 0; i < blocks.count(); i++) answer(i, asked);
    }

    /** What is read from the label at that position on. */
    BitSet before(int label) {
        return in[blocks.of(label)];
    }

    /** What is read once the instruction has been executed, or has thrown. */
    BitSet after(int instruction) {
        return after.get(instruction);
    }

    private void solve() {
        var gen = new BitSet[blocks.count()];
        var kill = new BitSet[blocks.count()];
        for (int i = 0; i < gen.length; i++) {
            gen[i] = new BitSet();
            kill[i] = new BitSet();
            for (int k = blocks.end(i) - 1; k >= blocks.start(i); k--) {
                write(blocks.body.get(k), gen[i], kill[i]);
                read(blocks.body.get(k), gen[i]);
            }
        }
        var open = blocks.all();
        var queued = new BitSet();
        queued.set(0, blocks.count());
        while (!open.isEmpty()) {
            int block = open.poll();
            queued.clear(block);
            BitSet now = out(block);
            now.andNot(kill[block]);
            now.or(gen[block]);
            orHandlers(block, now);
            if (now.equals(in[block])) continue;
            in[block] = now;
            for (int each : blocks.predecessors(block)) {
                if (queued.get(each)) continue;
                queued.set(each);
                open.add(each);
            }
        }
    }

    private BitSet out(int block) {
        var out = new BitSet();
        blocks.jumps(block, next -> out.or(in[next]));
        return out;
    }

    /** A store does not hide what the handler reads: the exception may come before it. */
    private void orHandlers(int block, BitSet live) {
        for (int handler : blocks.handlers(block)) live.or(in[blocks.of(handler)]);
    }

    private void answer(int block, BitSet asked) {
        int last = asked.previousSetBit(blocks.end(block) - 1);
        if (last < blocks.start(block)) return;
        BitSet live = out(block);
        for (int i = blocks.end(block) - 1; i >= blocks.start(block); i--) {
            if (asked.get(i)) {
                var answer = (BitSet) live.clone();
                orHandlers(block, answer);
                after.put(i, answer);
            }
            write(blocks.body.get(i), live, null);
            read(blocks.body.get(i), live);
        }
    }

    private static void write(CodeElement element, BitSet live, BitSet kill) {
        if (!(element instanceof StoreInstruction store)) return;
        boolean wide = store.typeKind() == TypeKind.LONG || store.typeKind() == TypeKind.DOUBLE;
        int end = store.slot() + (wide ? 2 : 1);
        live.clear(store.slot(), end);
        if (kill != null) kill.set(store.slot(), end);
    }

    private static void read(CodeElement element, BitSet live) {
        switch (element) {
            case LoadInstruction load -> live.set(load.slot());
            case IncrementInstruction increment -> live.set(increment.slot());
            default -> { }
        }
    }
}
