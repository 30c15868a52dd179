package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.Generator;
import dev.pirn.Wrap;
import java.util.List;

/** Generators and wraps whose bodies are coroutine functions, at any depth, closed early, in each other. */
public class Generators implements CoroutineEntry {
    record Tree(Tree left, int value, Tree right) {
        @CoroutineFn
        void walk(Generator.Out<Integer> out) {
            if (left != null) left.walk(out);
            out.yield(value);
            if (right != null) right.walk(out);
        }
    }

    @CoroutineFn
    private static void countdown(Generator.Out<String> out, int from) {
        try {
            while (from > 0) out.yield("n" + from--);
        } finally {
            log("finally" + from);
        }
    }

    @CoroutineFn
    private static String talk(Wrap<Integer, String> wrap, Integer first) {
        int sum = first;
        for (int i = 0; i < 3; i++) sum += wrap.yield("sum" + sum);
        return "end" + sum;
    }

    @Override
    @CoroutineFn
    public void run() {
        Tree left = new Tree(null, 1, new Tree(null, 2, null));
        Tree tree = new Tree(left, 3, new Tree(new Tree(null, 4, null), 5, null));
        Generator<Integer> walk = Generator.of(out -> tree.walk(out));
        while (walk.hasNext()) log(walk.next() + late(10));
        Generator<Integer> reference = Generator.of("reference", tree::walk);
        log(List.of(reference.next(), reference.next()));
        reference.close();
        try (Generator<String> closed = Generator.of(out -> countdown(out, 5))) {
            log(closed.next() + closed.next());
            Coroutine.yield();
        }
        Generator<Integer> squares = Generator.of(out -> {
            Generator<Integer> inner = Generator.of(each -> {
                for (int i = 1; i < 5; i++) each.yield(i);
            });
            while (inner.hasNext()) {
                int n = inner.next();
                out.yield(n * n);
            }
            throw new IllegalStateException("after the last");
        });
        try {
            while (squares.hasNext()) log(squares.next());
        } catch (IllegalStateException e) {
            log(late(e.getMessage()));
        }
        Wrap<Integer, String> wrap = Wrap.of("talk", Generators::talk);
        for (int i = 0; i < 4; i++) log(wrap.resume(late(i)));
        Wrap<String, String> echo = Wrap.of("echo", (self, first) -> {
            String said = first;
            while (!said.isEmpty()) said = self.yield(said + said);
            return null;
        });
        log(echo.resume("a") + echo.resume("b") + echo.resume(""));
    }
}
