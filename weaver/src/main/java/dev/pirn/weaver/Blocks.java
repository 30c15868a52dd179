package dev.pirn.weaver;

import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.LabelTarget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The basic blocks of a body: runs of elements that control enters at the first and leaves behind the last,
 * but by exceptions. No try range begins or ends within one.
 */
final class Blocks {
    final Body body;
    private final List<Integer> starts = new ArrayList<>();
    private final int[] ofElement;
    private final List<List<Integer>> before = new ArrayList<>(); // From where control comes to each.

    Blocks(Body body) {
        this.body = body;
        ofElement = new int[body.size() + 1];
        boolean begins = true;
        for (int i = 0; i < body.size(); i++) {
            // Labels in a row need no block each.
            boolean label = body.get(i) instanceof LabelTarget;
            if (begins || label && !onlyLabelsSince(i)) starts.add(i);
            ofElement[i] = starts.size() - 1;
            boolean ends = !body.fallsThrough(i) || jumps(i);
            begins = ends;
        }
        ofElement[body.size()] = starts.size();
        for (int i = 0; i <= starts.size(); i++) before.add(new ArrayList<>(2));
        for (int i = 0; i < starts.size(); i++) {
            int block = i;
            successors(i, next -> before.get(next).add(block));
        }
    }

    private boolean onlyLabelsSince(int index) {
        for (int i = starts.getLast(); i < index; i++) {
            if (body.get(i) instanceof Instruction) return false;
        }
        return true;
    }

    private boolean jumps(int index) {
        var any = new boolean[1];
        body.jumps(index, _ -> any[0] = true);
        return any[0];
    }

    int count() {
        return starts.size();
    }

    int start(int block) {
        return starts.get(block);
    }

    int end(int block) {
        return block + 1 < starts.size() ? starts.get(block + 1) : body.size();
    }

    int of(int element) {
        return ofElement[element];
    }

    /** The blocks to which control goes from the block, but by exceptions. */
    void jumps(int block, IntConsumer to) {
        int last = end(block) - 1;
        body.jumps(last, target -> to.accept(ofElement[target]));
        if (body.fallsThrough(last) && block + 1 < count()) to.accept(block + 1);
    }

    /** All blocks that may come after the block. */
    void successors(int block, IntConsumer to) {
        jumps(block, to);
        for (int handler : handlers(block)) to.accept(ofElement[handler]);
    }

    int[] handlers(int block) {
        return body.handlersAt(end(block) - 1);
    }

    /** The blocks from which control may come to the block. */
    List<Integer> predecessors(int block) {
        return before.get(block);
    }

    /** All blocks, to be worked off: the last is taken first. */
    ArrayDeque<Integer> all() {
        var queue = new ArrayDeque<Integer>();
        for (int i = count() - 1; i >= 0; i--) queue.add(i);
        return queue;
    }
}
