import dev.pirn.CoroutineFn;
import dev.pirn.Wrap;

/** A turnstile as straight code: where it stands in the code is its state, and no variable holds it. */
public class Turnstile {
    enum Event { COIN, PUSH, RESET }

    @CoroutineFn
    static String run(Wrap<Event, String> turnstile, Event event) {
        int passed = 0;
        while (true) {
            while (event != Event.COIN) event = turnstile.yield("locked");
            event = turnstile.yield("unlocked");
            while (event == Event.COIN) event = turnstile.yield("unlocked, coin returned");
            if (event == Event.RESET) break;
            passed++;
            event = turnstile.yield("locked again, passed: " + passed);
        }
        return "out of order after " + passed;
    }

    public static void main(String[] arguments) {
        Wrap<Event, String> turnstile = Wrap.of("turnstile", Turnstile::run);
        var events = new Event[] {Event.PUSH, Event.COIN, Event.COIN, Event.PUSH, Event.PUSH, Event.COIN,
            Event.PUSH, Event.COIN, Event.RESET};
        for (Event event : events) System.out.println(event + ": " + turnstile.resume(event));
        try {
            turnstile.resume(Event.COIN);
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage().replaceFirst("again.*;", "again;"));
        }
    }
}
