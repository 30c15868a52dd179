package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Abstract, default, static and private methods of interfaces; inherited along several paths. */
public class Interfaces implements CoroutineEntry {
    interface Reader {
        @CoroutineFn
        int read(int n) throws Exception;

        @CoroutineFn
        default long twice(int n) throws Exception {
            return (long) read(n) + read(n + 1) + more(n);
        }

        @CoroutineFn
        private int more(int n) {
            return late(n) + shared(1);
        }

        @CoroutineFn
        private static int shared(int n) {
            return late(n) * 100;
        }

        @CoroutineFn
        static Reader of(int fixed) {
            int kept = late(fixed);
            return n -> late(kept);
        }
    }

    interface Named {
        @CoroutineFn
        default String name() {
            return late("named");
        }
    }

    interface Loud extends Named {
        @Override
        @CoroutineFn
        default String name() {
            return Named.super.name() + late("!");
        }
    }

    interface Quiet extends Named {
        @Override
        default String name() {
            return "quiet";
        }
    }

    interface Again extends Loud, Named { }

    static class Disk implements Reader, Loud {
        final int base;

        Disk(int base) {
            this.base = base;
        }

        @Override
        @CoroutineFn
        public int read(int n) {
            return late(base) + n;
        }
    }

    static class Mirror extends Disk implements Again, Quiet {
        Mirror() {
            super(5);
        }

        @Override
        @CoroutineFn
        public String name() {
            return Again.super.name() + Quiet.super.name() + super.base;
        }

        @Override
        @CoroutineFn
        public long twice(int n) throws Exception {
            return super.twice(n) * late(2);
        }
    }

    static class Base {
        @CoroutineFn
        public String name() {
            return late("class wins");
        }
    }

    static class Both extends Base implements Loud { }

    @Override
    @CoroutineFn
    public void run() throws Exception {
        Reader reader = new Disk(late(100));
        log(reader.read(1) + reader.twice(late(5)));
        reader = new Mirror();
        log(reader.twice(1));
        reader = Reader.of(7);
        log(reader.twice(late(2)));
        Named[] all = {new Disk(1), new Mirror(), new Both(), new Quiet() { }, new Again() { }};
        for (Named each : all) log(each.name());
    }
}
