package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an element costs: one enter, from whatever depth. Counted where an enter arrives: behind a yield. */
class GeneratorCostTest {
    private record Tree(Tree left, int value, Tree right) {
        /** Values low to high - 1; balanced, or a list of right children, as deep as it is long. */
        static Tree of(int low, int high, boolean balanced) {
            if (low == high) return null;
            int root = balanced ? (low + high) / 2 : low;
            return new Tree(of(low, root, balanced), root, of(root + 1, high, balanced));
        }
    }

    private int begun;
    private int resumed;

    @CoroutineFn
    private void walk(Tree tree, Generator.Out<Integer> out) {
        if (tree == null) return;
        walk(tree.left, out);
        out.yield(tree.value);
        resumed++;
        walk(tree.right, out);
    }

    private Generator<Integer> inOne(Backend backend, Tree tree) {
        return Generator.of(backend, "walk", out -> {
            begun++;
            walk(tree, out);
        });
    }

    /** A generator for each node: every element is handed up through all levels above it. */
    private Generator<Integer> inMany(Backend backend, Tree tree) {
        return Generator.of(backend, "walk", out -> {
            begun++;
            if (tree == null) return;
            handUp(inMany(backend, tree.left), out);
            out.yield(tree.value);
            resumed++;
            handUp(inMany(backend, tree.right), out);
        });
    }

    @CoroutineFn
    private void handUp(Generator<Integer> child, Generator.Out<Integer> out) {
        for (int value : child.iterable()) {
            out.yield(value);
            resumed++;
        }
    }

    private int enters(Generator<Integer> generator, int size) {
        begun = 0;
        resumed = 0;
        for (int i = 0; i < size; i++) assertEquals(i, generator.next());
        assertFalse(generator.hasNext());
        return begun + resumed;
    }

    @ParameterizedTest @EnumSource
    void aWalkInOneGeneratorEntersOnceForEachElementAndOnceToEnd(Backend backend) {
        for (boolean balanced : new boolean[] {true, false}) {
            assertEquals(1 + 500, enters(inOne(backend, Tree.of(0, 500, balanced)), 500));
        }
    }

    @ParameterizedTest @EnumSource
    void oneGeneratorForEachNodeEntersOnceForEachLevel(Backend backend) {
        int depthsOfAListOf30 = 30 * 31 / 2;
        int generators = 30 + 31; // One for each node and each null.
        assertEquals(generators + depthsOfAListOf30, enters(inMany(backend, Tree.of(0, 30, false)), 30));
    }

    @ParameterizedTest @EnumSource
    void aHundredThousandElements(Backend backend) {
        assertEquals(1 + 100_000, enters(inOne(backend, Tree.of(0, 100_000, true)), 100_000));
    }
}
