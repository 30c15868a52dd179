import dev.pirn.Coroutine;

/** A coroutine begins in one thread and goes on in two others; it is itself, with its locals, in each. */
public class Migration {
    public static void main(String[] arguments) throws InterruptedException {
        var traveller = Coroutine.create("traveller", () -> {
            int steps = 0;                                     // on a stack that belongs to no thread
            while (steps < 3) {
                steps++;
                System.out.println("  step " + steps + " of " + Coroutine.self());
                Coroutine.yield();
            }
        });

        step("main", traveller);
        Thread platform = Thread.ofPlatform().start(() -> step("a platform thread", traveller));
        platform.join();                                       // one thread at a time: a second is refused
        Thread virtual = Thread.ofVirtual().start(() -> step("a virtual thread", traveller));
        virtual.join();

        traveller.enter();
        System.out.println("at last: " + traveller);
    }

    // Who enters says where. The coroutine does not ask: after a yield, compiled code may still hold the
    // thread that it was suspended in, in Thread.currentThread() and in a ThreadLocal.
    static void step(String where, Coroutine traveller) {
        System.out.println(where + ", in a coroutine: " + Coroutine.inCoroutine());
        traveller.enter();
        System.out.println("  back: " + traveller);
    }
}
