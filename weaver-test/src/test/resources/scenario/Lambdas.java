package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;

/** Lambdas whose interface is marked suspend, whatever they capture and wherever they are made. */
public class Lambdas implements CoroutineEntry {
    interface Call {
        @CoroutineFn
        int call(int a, String b) throws Exception;
    }

    interface Maker<T> {
        @CoroutineFn
        T make();

        /** A lambda within an interface. */
        static <T> Maker<String> text(Maker<T> of) {
            return () -> "<" + of.make() + ">";
        }

        default Maker<Integer> length() {
            return () -> late(make().toString().length());
        }
    }

    interface Kept extends Serializable {
        @CoroutineFn
        String get(long n);
    }

    interface Both extends Maker<String>, Serializable { }

    private static final Call IN_INITIALISER = (a, b) -> late(a) + b.length();
    private final Call inField = (a, b) -> a * late(this.base) + b.length();
    private final Call inConstructor;
    private int base = 5;

    public Lambdas() {
        int local = 1000;
        inConstructor = (a, b) -> late(local) + a + base;
    }

    @CoroutineFn
    private static int capturing(boolean z, byte b, char c, long l, float f, double d, int[] cells, Object o)
            throws Exception {
        Call all = (x, y) -> {
            Coroutine.yield();
            cells[0]++;
            log(y + z + b + c + l + f + d + o);
            Coroutine.yield();
            return x + cells[0];
        };
        return all.call(1, "one") + all.call(late(2), "two");
    }

    @CoroutineFn
    private static Maker<Maker<String>> nested(int depth) {
        String outer = late("o" + depth);
        return () -> {
            String middle = late(outer + "m");
            return () -> late(middle) + depth + outer;
        };
    }

    @CoroutineFn
    private int private_(int q) {
        return late(q) * base;
    }

    @CoroutineFn
    private int ofInstance() throws Exception {
        Call f = (a, b) -> private_(a) + late(base);
        return f.call(3, "");
    }

    @SuppressWarnings("unchecked")
    private static <T> T copied(T of) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(of);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())) {
            @Override
            protected Class<?> resolveClass(java.io.ObjectStreamClass of) throws ClassNotFoundException {
                return Class.forName(of.getName(), false, Lambdas.class.getClassLoader());
            }
        }) {
            return (T) in.readObject();
        }
    }

    @Override
    @CoroutineFn
    public void run() throws Exception {
        log(capturing(true, (byte) 1, 'c', 2, 3, 4, new int[] {10}, "o"));
        log(nested(3).make().make());
        log(ofInstance());
        log(IN_INITIALISER.call(1, "22") + inField.call(2, "x") + inConstructor.call(3, ""));
        Maker<Integer> number = () -> late(1234);
        log(Maker.text(number).make() + Maker.text(Maker.text(number)).length().make());
        int factor = late(3);
        log(copied((Kept) n -> late("kept") + n * factor).get(late(7L)));
        Maker<String> more = (Maker<String> & Serializable) () -> late("both") + factor;
        log(copied(more).make());
        log(copied((Both) () -> late("b")).length().make());
        Call recursive = new Call() {
            @Override
            @CoroutineFn
            public int call(int a, String b) throws Exception {
                Call again = (x, y) -> x == 0 ? late(0) : this.call(x - 1, y) + 1;
                return again.call(a, b);
            }
        };
        log(recursive.call(4, ""));
        Call throwing = (a, b) -> {
            late(1);
            throw new Exception(b + a);
        };
        try {
            throwing.call(1, "thrown");
        } catch (Exception e) {
            log(e.getMessage());
        }
    }
}
