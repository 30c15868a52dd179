package dev.pirn.weaver;

import dev.pirn.weaver.Marks.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random classes whose methods call each other, have marks and hand each other over; by seed. */
final class Graph {
    static final int NAMES = 4;

    /** A class or interface. */
    static final class Type {
        final String name;
        final boolean isInterface;
        /** False of a library's: others call it, and nobody looks into it. */
        final boolean checked;
        final List<Fn> fns = new ArrayList<>();
        final List<Type> interfaces = new ArrayList<>();
        Type above;

        Type(String name, boolean isInterface, boolean checked) {
            this.name = name;
            this.isInterface = isInterface;
            this.checked = checked;
        }

        Fn fn(String wanted) {
            return fns.stream().filter(each -> each.name.equals(wanted)).findFirst().orElse(null);
        }
    }

    /** A method: static if its name begins with s, virtual if with m, else as the JVM names it. */
    static final class Fn {
        final Type owner;
        final String name;
        final boolean isAbstract;
        final int line;
        final List<Op> ops = new ArrayList<>();
        Mark mark = Mark.NONE;
        boolean mayBlock;
        /** Of a lambda: where it stands, and as what it is handed over. */
        Fn around;
        Fn as;

        Fn(Type owner, String name, boolean isAbstract, int line) {
            this.owner = owner;
            this.name = name;
            this.isAbstract = isAbstract;
            this.line = line;
        }
    }

    /** What a method does in one line. */
    enum Does { CALL, LOCKED_CALL, CALL_SUPER, NEW, SLEEP, LAMBDA, REFERENCE }

    /**
     * One thing that a method does.
     *
     * @param through the type by which it calls {@code name}
     * @param as of a lambda and a reference, the interface method as which it is handed over
     * @param body of a lambda
     */
    record Op(Does does, int line, Type through, String name, Fn as, Fn body) { }

    final List<Type> types = new ArrayList<>();
    private final Random random;
    private int lines;
    private int lambdas;

    Graph(long seed) {
        random = new Random(seed);
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) addType(i);
        for (Type each : List.copyOf(types)) {
            for (Fn fn : List.copyOf(each.fns)) fill(fn, 3);
        }
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void addType(int number) {
        var type = new Type("g/T" + number, number == 0 || chance(40), !chance(15));
        if (!type.isInterface && chance(50)) {
            type.above = types.stream().filter(each -> !each.isInterface).findAny().orElse(null);
        }
        for (Type each : types) {
            if (each.isInterface && chance(30)) type.interfaces.add(each);
        }
        if (number == 0) addFn(type, "m0", true); // There is one to hand over as, at least.
        for (int i = number == 0 ? 1 : 0; i < NAMES; i++) {
            if (chance(45)) addFn(type, "m" + i, type.isInterface && chance(70));
            if (chance(30)) addFn(type, "s" + i, false);
        }
        if (!type.isInterface) addFn(type, "<init>", false);
        if (chance(15)) addFn(type, "<clinit>", false).mark = Mark.NONE;
        types.add(type);
    }

    private Fn addFn(Type owner, String name, boolean isAbstract) {
        var fn = new Fn(owner, name, isAbstract, isAbstract ? 0 : ++lines);
        if (chance(name.equals("<init>") ? 10 : 40)) fn.mark = any(List.of(Mark.values()));
        if (name.equals("<init>") && fn.mark == Mark.COROUTINE) fn.mark = Mark.NONE;
        fn.mayBlock = chance(8);
        owner.fns.add(fn);
        return fn;
    }

    private void fill(Fn fn, int opsMax) {
        if (fn.isAbstract) return;
        int count = random.nextInt(opsMax + 1);
        for (int i = 0; i < count; i++) {
            Op op = op(fn);
            if (op != null) fn.ops.add(op);
        }
    }

    private Op op(Fn in) {
        Does does = chance(75) ? Does.CALL : any(List.of(Does.values()));
        return switch (does) {
            case SLEEP -> new Op(does, ++lines, null, null, null, null);
            case NEW -> {
                Type type = any(types);
                yield type.isInterface ? null : new Op(does, ++lines, type, "<init>", null, null);
            }
            case CALL, LOCKED_CALL -> call(does, any(types), null);
            case CALL_SUPER -> in.owner.above == null ? null : call(does, in.owner.above, null);
            case REFERENCE -> call(does, any(types), interfaceMethod());
            case LAMBDA -> {
                var body = new Fn(in.owner, "lambda$" + lambdas++, false, ++lines);
                body.around = in;
                body.as = interfaceMethod();
                in.owner.fns.add(body);
                fill(body, 2);
                yield new Op(does, ++lines, in.owner, body.name, body.as, body);
            }
        };
    }

    private Op call(Does does, Type through, Fn as) {
        String name = (does != Does.CALL_SUPER && chance(30) ? "s" : "m") + random.nextInt(NAMES);
        // A static method of an interface is called by that interface alone.
        Fn found = name.startsWith("s") ? through.fn(name) : GraphOracle.declaring(through, name);
        return found != null ? new Op(does, ++lines, through, name, as, null) : null;
    }

    private Fn interfaceMethod() {
        var all = types.stream().filter(each -> each.isInterface).flatMap(each -> each.fns.stream())
                .filter(each -> each.name.startsWith("m")).toList();
        return any(all);
    }
}
