package dev.pirn.weaver;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * Which locals of the plain method have their values in the resume method, where: restored, or written since.
 * A debugger would show others as zeros.
 */
final class Presence {
    private final Plan plan;
    private final Blocks blocks;
    private final BitSet[] in; // By block; null where control has not been found to come yet.
    private final BitSet[] at; // By element; null for what is left out.

    Presence(Plan plan, Blocks blocks) {
        this.plan = plan;
        this.blocks = blocks;
        in = new BitSet[blocks.count() + 1];
        at = new BitSet[plan.body.size()];
        var open = new ArrayDeque<Integer>();
        for (Site each : plan.sites) open.add(blocks.of(each.index()));
        while (!open.isEmpty()) pass(open.poll(), open);
    }

    /** Whether the instruction is in the resume method, and the local there when it runs. */
    boolean has(int index, int slot) {
        return at[index] != null && at[index].get(slot);
    }

    /** Whether the element is in the resume method. */
    boolean contains(int index) {
        return at[index] != null;
    }

    private void pass(int block, ArrayDeque<Integer> open) {
        BitSet now = in[block] == null ? null : (BitSet) in[block].clone();
        for (int i = blocks.start(block); i < blocks.end(block); i++) {
            if (!(plan.body.get(i) instanceof Instruction)) continue;
            Site site = plan.siteAt(i);
            if (site != null) now = restored(site, now);
            if (now == null) continue;
            at[i] = (BitSet) now.clone();
            for (int handler : blocks.handlers(block)) meet(blocks.of(handler), now, open);
            write(plan.body.get(i), now);
        }
        if (now == null) return;
        BitSet left = now;
        blocks.jumps(block, next -> meet(next, left, open));
    }

    /** What is there behind the site, whether its call was suspended or not. */
    private static BitSet restored(Site site, BitSet before) {
        var live = new BitSet();
        site.live().keySet().forEach(live::set);
        if (before != null) live.and(before);
        return live;
    }

    private void meet(int block, BitSet there, ArrayDeque<Integer> open) {
        if (in[block] == null) {
            in[block] = (BitSet) there.clone();
        } else {
            int before = in[block].cardinality();
            in[block].and(there);
            if (in[block].cardinality() == before) return;
        }
        open.add(block);
    }

    private static void write(CodeElement element, BitSet there) {
        if (element instanceof StoreInstruction store) there.set(store.slot());
    }
}
