package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;

/** References of every kind to coroutine functions and others, with what must be converted on the way. */
public class MethodReferences implements CoroutineEntry {
    interface Unary<A, R> {
        @CoroutineFn
        R apply(A a) throws Exception;
    }

    interface Binary<A, B, R> {
        @CoroutineFn
        R apply(A a, B b) throws Exception;
    }

    interface ToLong {
        @CoroutineFn
        long apply(byte a, Integer b);
    }

    interface ToNothing {
        @CoroutineFn
        void apply(int a);
    }

    interface Many {
        @CoroutineFn
        Object apply(int a, String b, long c);
    }

    static class Person {
        final String name;

        Person(String name) {
            this.name = name;
        }

        Person() {
            this("nobody");
        }

        @CoroutineFn
        String greet(String who) {
            return late(name) + " greets " + who;
        }

        @CoroutineFn
        String shout() {
            return late(name.toUpperCase());
        }

        String quiet() {
            return name.toLowerCase();
        }
    }

    static class Loud extends Person {
        Loud() {
            super("Loud");
        }

        @Override
        @CoroutineFn
        String shout() {
            Unary<String, String> up = super::greet;
            return late("!") + call(up, "super");
        }

        @CoroutineFn
        private static String call(Unary<String, String> what, String with) {
            try {
                return what.apply(with);
            } catch (Exception e) {
                return e.toString();
            }
        }
    }

    @CoroutineFn
    static int twice(int a) {
        return late(a) * 2;
    }

    @CoroutineFn
    static int widened(long a, Integer b) {
        return late((int) a) + b;
    }

    @CoroutineFn
    static String joined(int a, Object... more) {
        return late("" + a) + Arrays.toString(more);
    }

    @CoroutineFn
    static <T extends Comparable<T>> T larger(T a, T b) {
        return late(a).compareTo(late(b)) >= 0 ? a : b;
    }

    @CoroutineFn
    String mine(Object a) {
        return late("mine" + a);
    }

    @CoroutineFn
    private Unary<Object, String> bound() {
        return this::mine;
    }

    @Override
    @CoroutineFn
    public void run() throws Exception {
        Unary<Integer, Integer> boxed = MethodReferences::twice;
        Unary<Integer, Object> toObject = MethodReferences::twice;
        log(boxed.apply(late(4)) + toObject.apply(5).toString());
        ToLong converted = MethodReferences::widened;
        log(converted.apply((byte) 3, late(4)));
        ToNothing dropped = MethodReferences::twice;
        dropped.apply(6);
        Many varargs = MethodReferences::joined;
        log(varargs.apply(1, "b", 2L));
        Binary<Person, String, String> unbound = Person::greet;
        Unary<String, String> toBound = late(new Person("Ann"))::greet;
        log(unbound.apply(new Person("Bob"), "Eve") + toBound.apply("Bob"));
        Unary<Person, String> virtual = Person::shout;
        log(virtual.apply(new Person("x")) + virtual.apply(new Loud()));
        Unary<Person, String> unmarked = Person::quiet;
        log(unmarked.apply(new Loud()));
        log(bound().apply(late("!")));
        Binary<String, String, String> generic = MethodReferences::larger;
        log(generic.apply("a", "b"));
        Unary<String, Person> constructor = Person::new;
        log(constructor.apply("new").shout());
        Unary<Integer, int[]> array = int[]::new;
        Unary<Integer, String[][]> arrays = String[][]::new;
        log(array.apply(late(3)).length + arrays.apply(2).length);
        Unary<Integer, Integer> nulls = MethodReferences::twice;
        try {
            nulls.apply(null);
        } catch (NullPointerException e) {
            log("null");
        }
        try {
            Person none = late((Person) null);
            Unary<String, String> never = none::greet;
            log(never);
        } catch (NullPointerException e) {
            log("null receiver");
        }
    }
}
