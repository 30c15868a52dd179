package dev.pirn.sim.junit;

import dev.pirn.sim.Sim;
import dev.pirn.sim.SimOptions;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.ReflectionSupport;

/** Runs the method of a {@link SimTest} once for each seed. */
public final class SimExtension implements InvocationInterceptor, ParameterResolver {
    private static final int LONG_FACTOR = 100;

    private final KeptSeeds kept = new KeptSeeds(Path.of(".pirn-seeds"));

    /** For JUnit. */
    public SimExtension() { }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Sim.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return null; // Each run gets its own.
    }

    @Override
    public void interceptTestMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws IOException {
        invocation.skip();
        SimTest wanted = method.getExecutable().getAnnotation(SimTest.class);
        String name = context.getRequiredTestClass().getSimpleName() + "#" + method.getExecutable().getName();
        for (long seed : seeds(name, wanted.seeds())) {
            run(name, seed, wanted, method.getExecutable(), context.getRequiredTestInstance());
        }
    }

    private Set<Long> seeds(String name, int count) throws IOException {
        Long alone = Long.getLong("pirn.sim.seed");
        if (alone != null) return Set.of(alone);
        Set<Long> seeds = new LinkedHashSet<>(kept.of(name));
        long percent = Long.getLong("pirn.sim.percent", 100);
        if (Boolean.getBoolean("pirn.long")) percent *= LONG_FACTOR;
        long all = Math.max(1, count * percent / 100);
        for (long seed = 0; seed < all; seed++) seeds.add(seed);
        return seeds;
    }

    private void run(String name, long seed, SimTest wanted, Method method, Object test) throws IOException {
        try (var sim = Sim.of(seed, wanted.nasty() ? SimOptions.NASTY : SimOptions.DEFAULT)) {
            ReflectionSupport.invokeMethod(method, test, sim);
        } catch (Exception | AssertionError e) {
            kept.add(name, seed);
            String replay = "replay: -Dtest='%s' -Dpirn.sim.seed=%d%n%s".formatted(name, seed, e);
            throw new AssertionError(replay, e);
        }
    }
}
