package dev.pirn.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/** Weaves classes on their way into the JVM, in whichever thread loads them. */
final class LoadedClasses implements ClassFileTransformer {
    // What cannot be woven works all the same: the agent opens what the JVM needs to suspend it.
    private static final Weaver.Options OPTIONS = new Weaver.Options(true);

    private final Instrumentation jvm;
    private final Definer definer;
    private final Set<String> unwoven = ConcurrentHashMap.newKeySet(); // Loaded without twins.
    private final Set<Message> said = ConcurrentHashMap.newKeySet();
    private final Set<Module> opened = ConcurrentHashMap.newKeySet();
    private final Map<ClassLoader, Interest> interests = Collections.synchronizedMap(new WeakHashMap<>());

    /** Leaves those alone that are {@code loaded}, by internal name. */
    LoadedClasses(Instrumentation jvm, Definer definer, Set<String> loaded) {
        this.jvm = jvm;
        this.definer = definer;
        unwoven.addAll(loaded);
    }

    static boolean isOfJdk(ClassLoader loader) {
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    @Override
    public byte[] transform(Module module, ClassLoader loader, String name, Class<?> again,
            ProtectionDomain domain, byte[] bytes) {
        boolean ours = name != null && name.startsWith("dev/pirn/weaver/");
        if (isOfJdk(loader) || name == null || again != null || ours) return null;
        try {
            if (Agent.isOfCore(name) && opened.add(module)) Agent.open(jvm, module);
            var interest = interests.computeIfAbsent(loader, LoadedClasses::interest);
            return interest.in(name, bytes) ? weave(loader, name, domain, bytes) : null;
        } catch (Throwable e) { // The JVM would drop it without a word, and load the class as it is.
            unwoven.add(name);
            System.err.println("pirn: agent: " + name.replace('/', '.') + ": loaded un-woven: " + e);
            return null;
        }
    }

    private byte[] weave(ClassLoader loader, String name, ProtectionDomain domain, byte[] bytes)
            throws Throwable {
        ClassSource source = each -> each.equals(name) ? bytes : find(loader, each);
        var result = Weaver.weave(name, each -> !unwoven.contains(each), source, OPTIONS);
        for (Message each : result.messages()) {
            if (each.severity() != Message.Severity.INFO && said.add(each)) System.err.println(each);
        }
        if (result.messages().stream().anyMatch(each -> each.severity() == Message.Severity.ERROR)) {
            unwoven.add(name);
            return null;
        }
        var lambdas = new HashMap<String, byte[]>();
        for (var each : result.classes().entrySet()) {
            if (each.getKey().equals(name)) continue;
            if (isLambda(each.getValue())) {
                lambdas.put(each.getKey(), each.getValue());
            } else {
                definer.define(loader, each.getKey(), each.getValue(), domain);
            }
        }
        byte[] woven = result.classes().get(name);
        return woven == null ? null : LazyLambdas.into(woven, lambdas);
    }

    /** Frames, and guards where there are none, are needed to verify the host. They use core alone. */
    private static boolean isLambda(byte[] bytes) {
        return !ClassFile.of().parse(bytes).interfaces().isEmpty();
    }

    private static Interest interest(ClassLoader loader) {
        return new Interest(name -> find(loader, name));
    }

    private static byte[] find(ClassLoader loader, String name) {
        try (InputStream in = loader.getResourceAsStream(name + ".class")) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
