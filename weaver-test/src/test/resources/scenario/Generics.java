package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.ArrayList;
import java.util.List;

/** Generic coroutine functions, the bridges to them, and results of a narrower type. */
public class Generics implements CoroutineEntry {
    interface Transform<A, B> {
        @CoroutineFn
        B apply(A a);

        @CoroutineFn
        default <C> Transform<A, C> then(Transform<? super B, ? extends C> next) {
            Coroutine.yield();
            return a -> next.apply(apply(a));
        }
    }

    /** Reached by the bridge {@code Object apply(Object)}. */
    static class Length implements Transform<String, Integer> {
        @Override
        @CoroutineFn
        public Integer apply(String a) {
            return late(a.length());
        }
    }

    static class Doubled extends Length {
        @Override
        @CoroutineFn
        public Integer apply(String a) {
            return super.apply(a) + super.apply(late(a));
        }
    }

    abstract static class Animal<S extends Animal<S>> implements Comparable<S> {
        int weight;

        @CoroutineFn
        abstract S grow(int by);

        @CoroutineFn
        Object self() {
            return late(this);
        }

        @Override
        public int compareTo(S other) {
            return weight - other.weight;
        }
    }

    static class Cat extends Animal<Cat> {
        @Override
        @CoroutineFn
        Cat grow(int by) {
            weight += late(by);
            return this;
        }

        @Override
        @CoroutineFn
        Cat self() {
            return (Cat) super.self();
        }
    }

    static class Stack<T> {
        private final List<T> items = new ArrayList<>();

        @CoroutineFn
        <U extends T> Stack<T> push(U item) {
            items.add(late(item));
            return this;
        }

        @CoroutineFn
        T pop() {
            Coroutine.yield();
            return items.removeLast();
        }
    }

    @CoroutineFn
    private static <T extends Comparable<? super T>> T max(List<? extends T> all) {
        T best = all.getFirst();
        for (T each : all) if (late(each).compareTo(best) > 0) best = late(each);
        return best;
    }

    @CoroutineFn
    private static <T extends Number & Comparable<T>> int compare(T a, T b) {
        return late(a).intValue() + a.compareTo(late(b));
    }

    @Override
    @CoroutineFn
    public void run() {
        Transform<String, Integer> length = new Length();
        log(length.apply("four") + late(new Doubled()).apply("abc"));
        length = new Doubled();
        log(length.then(n -> late(n) * 1.5).then(Object::toString).apply("xyz"));
        Animal<Cat> cat = new Cat();
        log(cat.grow(3).grow(late(4)).self().weight);
        Stack<Object> stack = new Stack<>().push("a").push(late(1)).push(2.0);
        log("" + stack.pop() + stack.pop() + stack.pop());
        Stack<Integer> ints = new Stack<Integer>().push(5);
        int five = ints.pop();
        log(five + max(List.of(3, 9, late(4))) + compare(1, 2));
        @SuppressWarnings({"unchecked", "rawtypes"})
        Transform<Object, Object> wrong = (Transform) length;
        try {
            wrong.apply(late((Object) 1));
        } catch (ClassCastException e) {
            log("cast");
        }
    }
}
