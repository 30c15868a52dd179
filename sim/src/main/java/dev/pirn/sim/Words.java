package dev.pirn.sim;

import dev.pirn.Coroutine;
import dev.pirn.Home;
import dev.pirn.aio.EventLoop;
import java.util.List;

/** Says what coroutines wait for. */
final class Words extends Home {
    private Words() {
        super("nobody's");
    }

    /** A line for each coroutine that has not ended. */
    static String of(List<EventLoop> loops) {
        var text = new StringBuilder();
        for (EventLoop loop : loops) {
            for (Coroutine each : loop.residents()) {
                text.append("\n  ").append(each).append(" in ").append(loop)
                        .append(" waits for ").append(waitsFor(each));
            }
        }
        return text.isEmpty() ? "\n  no coroutine is left" : text.toString();
    }

    @Override
    protected void signal() { }

    @Override
    protected void uncaught(Coroutine co, Throwable failure) { }
}
