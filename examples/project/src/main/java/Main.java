import dev.pirn.Coroutine;
import dev.pirn.Coroutines;

/** Runs the example, and says what carries its coroutines: no flag of the JVM, and no thread. */
public class Main {
    public static void main(String[] arguments) throws Exception {
        Coroutines.track(true);
        Coroutine sleeper = Coroutine.create("sleeper", () -> Coroutine.yield());
        sleeper.enter();
        System.out.println("backend: " + Coroutines.live().getFirst().backend());
        sleeper.enter();
        Echo.main(arguments);
    }
}
